/** `sluice account bind|bindings|unbind`: which workloads may be an account without a secret. @see RFC 7523 */
import type { Command } from 'commander'
import { collectPair, id } from '../arguments.ts'
import { addGrantOptions, requestedGrants, type GrantOptions } from '../grant-options.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import type { Cli } from '../session.ts'
import { BINDINGS } from '../shown/account.ts'

export function bindingCommands(account: Command, cli: Cli): void {
  bindCommand(account, cli)
  listCommand(account, cli)
  unbindCommand(account, cli)
}

interface BindOptions extends GrantOptions {
  readonly issuer: string
  readonly audience: string
  readonly claim: Readonly<Record<string, string>>
}

const EXAMPLE = `
Example:
  sluice account bind <id> --issuer https://token.actions.example.com --audience sluice \\
    --claim repository=acme/app --claim 'ref=refs/heads/*' --repo acme/app
`

function bindCommand(account: Command, cli: Cli): void {
  const bind = account
    .command('bind')
    .summary('let a workload be this account, by the token that its platform gives it')
    .argument('<id>', 'id of the account', id)
    .requiredOption('--issuer <url>', 'who signs those tokens')
    .requiredOption('--audience <audience>', 'whom they are for')
    .requiredOption(
      '--claim <name=value>',
      'what must stand in them, * for any run; may be repeated',
      collectPair,
    )
  addGrantOptions(bind)
    .addHelpText('after', EXAMPLE)
    .action(async (accountId: string, options: BindOptions, command: Command) => {
      const { issuer, audience, claim: claims } = options
      const body = { issuer, audience, claims, ...(await requestedGrants(options, cli.terminal)) }
      const { client, out } = await cli.session(command)
      const made = await client.bindings.create({ id: accountId, body })
      out.done(`bound ${accountId}; sluice account unbind ${accountId} ${made.id} ends it`, made)
    })
}

function listCommand(account: Command, cli: Cli): void {
  const list = account
    .command('bindings')
    .summary('list the bindings of an account')
    .argument('<id>', 'id of the account', id)
  addListOptions(list).action(async (accountId: string, { limit }: ListOptions, command: Command) => {
    const { client, out } = await cli.session(command)
    const listing = client.bindings.list({ id: accountId, query: pageSize(limit) })
    out.list(await first(listing, limit), BINDINGS)
  })
}

function unbindCommand(account: Command, cli: Cli): void {
  account
    .command('unbind')
    .summary('end a binding, and the tokens that came of it')
    .argument('<id>', 'id of the account', id)
    .argument('<binding>', 'id of the binding', id)
    .action(async (accountId: string, bindingId: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      await client.bindings.delete({ id: accountId, bindingId })
      out.done(`unbound ${bindingId}`)
    })
}
