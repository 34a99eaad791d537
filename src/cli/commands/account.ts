/** `sluice account create|list|show|disable|enable`: agents and service accounts. */
import { Option, type Command } from 'commander'
import { id } from '../arguments.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import type { Cli } from '../session.ts'
import { ACCOUNTS } from '../shown/account.ts'
import { bindingCommands } from './account-bindings.ts'

const MACHINES = ['agent', 'service']
/** People come to be at their first sign-in. */
const KINDS = [...MACHINES, 'user', 'nostr']

export function accountCommands(program: Command, cli: Cli): void {
  const account = program.command('account').summary('make and manage agents and service accounts')
  createCommand(account, cli)
  listCommand(account, cli)
  showCommand(account, cli)
  switchCommand(account, cli, {
    verb: 'disable',
    disabled: true,
    summary: 'accept nothing of an account any more',
  })
  switchCommand(account, cli, {
    verb: 'enable',
    disabled: false,
    summary: 'accept what is of an account again',
  })
  bindingCommands(account, cli)
}

interface CreateOptions {
  readonly kind: 'agent' | 'service'
  readonly org?: string
}

function createCommand(account: Command, cli: Cli): void {
  account
    .command('create')
    .summary('make an agent or a service account')
    .argument('<name>', 'what it is called')
    .addOption(
      new Option('--kind <kind>', 'an agent of a person acts for that person')
        .choices(MACHINES)
        .default('service'),
    )
    .option('--org <org>', 'it belongs to this organisation, not to you')
    .addHelpText('after', '\nExample:\n  sluice account create deploy-bot --org acme\n')
    .action(async (displayName: string, { kind, org }: CreateOptions, command: Command) => {
      const { client, out } = await cli.session(command)
      const made = await client.accounts.create({ body: { kind, displayName, org } })
      out.done(
        `made ${made.kind} ${made.id}; sluice token create --account ${made.id} gives it a token`,
        made,
      )
    })
}

interface ListAccountsOptions extends ListOptions {
  readonly kind?: 'agent' | 'service' | 'user' | 'nostr'
  readonly org?: string
}

function listCommand(account: Command, cli: Cli): void {
  const list = account
    .command('list')
    .summary(
      'list the agents and service accounts that you manage; administrators see all accounts, people among them',
    )
    .addOption(new Option('--kind <kind>', 'only these').choices(KINDS))
    .option('--org <org>', 'only those of this organisation')
  addListOptions(list).action(async ({ kind, org, limit }: ListAccountsOptions, command: Command) => {
    const { client, out } = await cli.session(command)
    const listing = client.accounts.list({ query: { kind, org, ...pageSize(limit) } })
    out.list(await first(listing, limit), ACCOUNTS)
  })
}

function showCommand(account: Command, cli: Cli): void {
  account
    .command('show')
    .summary('show an account')
    .argument('<id>', 'id of the account', id)
    .action(async (accountId: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.show(await client.accounts.get({ id: accountId }), ACCOUNTS)
    })
}

interface Switch {
  readonly verb: 'disable' | 'enable'
  readonly disabled: boolean
  readonly summary: string
}

function switchCommand(account: Command, cli: Cli, { verb, disabled, summary }: Switch): void {
  account
    .command(verb)
    .summary(summary)
    .argument('<id>', 'id of the account', id)
    .action(async (accountId: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.done(`${verb}d ${accountId}`, await client.accounts.update({ id: accountId, body: { disabled } }))
    })
}
