/** `sluice hook list|create|show|edit|delete|ping|rotate-secret|deliveries|redeliver`. */
import { Option, type Command } from 'commander'
import { collect, id } from '../arguments.ts'
import { hookCalls, hookOwner, type HookCalls, type HookFields, type HookOwner } from '../hook-calls.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import type { Output } from '../output.ts'
import type { Cli } from '../session.ts'
import { DELIVERIES, HOOK, HOOKS } from '../shown/hook.ts'

export function hookCommands(program: Command, cli: Cli): void {
  const hook = program.command('hook').summary('tell other servers what happens')
  listCommand(hook, cli)
  createCommand(hook, cli)
  showCommand(hook, cli)
  editCommand(hook, cli)
  deleteCommand(hook, cli)
  pingCommand(hook, cli)
  rotateSecretCommand(hook, cli)
  deliveriesCommand(hook, cli)
  redeliverCommand(hook, cli)
}

function listCommand(hook: Command, cli: Cli): void {
  withOwner(hook.command('list').summary('list webhooks')).action(
    async (owner: HookOwner, _options: unknown, command: Command) => {
      const { hooks, out } = await session(cli, command, owner)
      out.list(await hooks.list(), HOOKS)
    },
  )
}

interface FilterOptions {
  readonly event?: readonly string[]
  readonly branch?: readonly string[]
  readonly path?: readonly string[]
}

const EXAMPLE = `
Example:
  sluice hook create acme/app --url https://ci.example.com/sluice --event push --branch main
`

function createCommand(hook: Command, cli: Cli): void {
  const create = withOwner(hook.command('create').summary('make a webhook'))
    .description('Make a webhook. Its secret, by which the receiver verifies, is shown once, on stdout.')
    .requiredOption('--url <url>', 'where events are sent')
  addFilterOptions(create)
    .addHelpText('after', EXAMPLE)
    .action(async (owner: HookOwner, options: FilterOptions & { url: string }, command: Command) => {
      const { hooks, out } = await session(cli, command, owner)
      const made = await hooks.create({ url: options.url, ...filterOf(options) })
      out.secret(made.secret, made, [`webhook ${made.id}`, 'its secret is shown only now'])
    })
}

function showCommand(hook: Command, cli: Cli): void {
  withHook(hook.command('show').summary('show a webhook')).action(
    async (owner: HookOwner, hookId: string, _options: unknown, command: Command) => {
      const { hooks, out } = await session(cli, command, owner)
      out.show(await hooks.get(hookId), HOOK)
    },
  )
}

interface EditOptions extends FilterOptions {
  readonly url?: string
  readonly active?: 'yes' | 'no'
}

function editCommand(hook: Command, cli: Cli): void {
  const edit = withHook(hook.command('edit').summary('change a webhook, and try at once what waits for it'))
    .option('--url <url>', 'where events are sent')
    .addOption(new Option('--active <answer>', 'shall it be told anything').choices(['yes', 'no']))
  addFilterOptions(edit).action(
    async (owner: HookOwner, hookId: string, options: EditOptions, command: Command) => {
      const { url, active } = options
      const { hooks, out } = await session(cli, command, owner)
      const change = { ...(url !== undefined && { url }), ...(active && { active: active === 'yes' }) }
      out.done(`changed webhook ${hookId}`, await hooks.update(hookId, { ...change, ...filterOf(options) }))
    },
  )
}

function deleteCommand(hook: Command, cli: Cli): void {
  withHook(hook.command('delete').summary('remove a webhook, and what waits for it')).action(
    async (owner: HookOwner, hookId: string, _options: unknown, command: Command) => {
      const { hooks, out } = await session(cli, command, owner)
      await hooks.delete(hookId)
      out.done(`removed webhook ${hookId}`)
    },
  )
}

function pingCommand(hook: Command, cli: Cli): void {
  withHook(hook.command('ping').summary('send a webhook an event that says nothing else')).action(
    async (owner: HookOwner, hookId: string, _options: unknown, command: Command) => {
      const { hooks, out } = await session(cli, command, owner)
      const sent = await hooks.ping(hookId)
      out.done(`sending ${sent.id}; sluice hook deliveries shows what comes of it`, sent)
    },
  )
}

function rotateSecretCommand(hook: Command, cli: Cli): void {
  withHook(hook.command('rotate-secret').summary('give a webhook a new secret'))
    .description('Give a webhook a new secret. For 24 hours the one before signs as well.')
    .action(async (owner: HookOwner, hookId: string, _options: unknown, command: Command) => {
      const { hooks, out } = await session(cli, command, owner)
      const replaced = await hooks.replaceSecret(hookId)
      const until = `the one before signs, too, until ${replaced.oldSecretValidUntil}`
      out.secret(replaced.secret, replaced, ['shown only now', until])
    })
}

interface DeliveriesOptions extends ListOptions {
  readonly status: 'waiting' | 'delivered' | 'parked' | 'all'
}

function deliveriesCommand(hook: Command, cli: Cli): void {
  const list = withHook(hook.command('deliveries').summary('list what was sent, newest first')).addOption(
    new Option('--status <status>', 'which ones')
      .choices(['waiting', 'delivered', 'parked', 'all'])
      .default('all'),
  )
  addListOptions(list).action(
    async (owner: HookOwner, hookId: string, options: DeliveriesOptions, command: Command) => {
      const { status, limit } = options
      const { hooks, out } = await session(cli, command, owner)
      const query = { ...pageSize(limit), ...(status !== 'all' && { status }) }
      out.list(await first(hooks.deliveries(hookId, query), limit), DELIVERIES)
    },
  )
}

function redeliverCommand(hook: Command, cli: Cli): void {
  withHook(hook.command('redeliver').summary('send an event once more'))
    .argument('<delivery>', 'id of the delivery', id)
    .action(async (owner: HookOwner, hookId: string, delivery: string, _: unknown, command: Command) => {
      const { hooks, out } = await session(cli, command, owner)
      const sent = await hooks.redeliver(hookId, delivery)
      out.done(`sending ${delivery} again as ${sent.id}`, sent)
    })
}

async function session(
  cli: Cli,
  command: Command,
  owner: HookOwner,
): Promise<{ hooks: HookCalls; out: Output }> {
  const { client, out } = await cli.session(command)
  return { hooks: hookCalls(client, owner), out }
}

function withOwner(command: Command): Command {
  return command.argument('<owner>', 'repository <org>/<name>, or organisation <org>', hookOwner)
}

function withHook(command: Command): Command {
  return withOwner(command).argument('<hook>', 'id of the webhook', id)
}

function addFilterOptions(command: Command): Command {
  return command
    .option('--event <type>', 'only these types, e.g. push or pr.*; may be repeated', collect)
    .option('--branch <pattern>', 'only these branches, with * for any run; may be repeated', collect)
    .option('--path <glob>', 'only pushes that change such files; may be repeated', collect)
}

function filterOf({ event, branch, path }: FilterOptions): HookFields {
  return {
    ...(event && { eventTypes: [...event] }),
    ...(branch && { branches: [...branch] }),
    ...(path && { paths: [...path] }),
  }
}
