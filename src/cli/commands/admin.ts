/** `sluice admin repos|jobs|events|keys|grasp|maintain|backup`: for administrators of the server. */
import type { Command } from 'commander'
import { id, nameOf, repository, type RepositoryArgument } from '../arguments.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import type { Cli } from '../session.ts'
import { EVENTS, KEYS } from '../shown/administration.ts'
import { REPOSITORIES } from '../shown/repository.ts'
import { graspCommands } from './admin-grasp.ts'
import { jobCommands } from './admin-jobs.ts'

export function adminCommands(program: Command, cli: Cli): void {
  const admin = program.command('admin').summary('look after a server; for its administrators')
  reposCommand(admin, cli)
  jobCommands(admin, cli)
  eventsCommand(admin, cli)
  keysCommand(admin, cli)
  graspCommands(admin, cli)
  maintainCommand(admin, cli)
  backupCommand(admin, cli)
}

function reposCommand(admin: Command, cli: Cli): void {
  const repos = admin
    .command('repos')
    .summary('list all repositories, newest first')
    .option('--search <text>', 'only those with this in their name')
  addListOptions(repos).action(
    async ({ search, limit }: ListOptions & { search?: string }, command: Command) => {
      const { client, out } = await cli.session(command)
      const listing = client.admin.repos({ query: { search, ...pageSize(limit) } })
      out.list(await first(listing, limit), REPOSITORIES)
    },
  )
}

interface EventsOptions extends ListOptions {
  readonly type?: string
  readonly actor?: string
  readonly agent?: string
  readonly repo?: string
  readonly since?: string
  readonly denied?: true
}

function eventsCommand(admin: Command, cli: Cli): void {
  const events = admin
    .command('events')
    .summary('list what has happened on the server, newest first')
    .option('--type <types>', 'types between commas, e.g. push,token.*')
    .option('--actor <id>', 'only what was done on the standing of this account', id)
    .option('--agent <id>', 'only what names this agent, which acts for another account', id)
    .option('--repo <id>', 'only what happened to this repository', id)
    .option('--since <time>', 'only from then on; ISO 8601')
    .option('--denied', 'only what was refused: pushes, writes and logins')
  addListOptions(events).action(async (options: EventsOptions, command: Command) => {
    const { type: eventType, actor: actorId, agent: agentId, repo: repoId, since, denied, limit } = options
    const { client, out } = await cli.session(command)
    const query = {
      eventType,
      actorId,
      agentId,
      repoId,
      since,
      denied: denied ? ('true' as const) : undefined,
      ...pageSize(limit),
    }
    out.list(await first(client.admin.events({ query }), limit), EVENTS)
  })
}

function keysCommand(admin: Command, cli: Cli): void {
  admin
    .command('keys')
    .summary('list the keys that sign tokens; sluice keys rotate makes a new one')
    .action(async (_options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.list(await client.admin.keys(), KEYS)
    })
}

function maintainCommand(admin: Command, cli: Cli): void {
  admin
    .command('maintain')
    .summary('pack the refs and objects of a repository as soon as possible')
    .argument('<repository>', '<org>/<name>, or an id', repository)
    .action(async (wanted: RepositoryArgument, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      const { id } = 'id' in wanted ? wanted : await client.repos.get(wanted)
      const job = await client.admin.maintainRepo({ id })
      out.done(`maintaining ${nameOf(wanted)}; ${watch(job.id)}`, job)
    })
}

function backupCommand(admin: Command, cli: Cli): void {
  admin
    .command('backup')
    .summary('let the server make a backup of itself now, into SLUICE_BACKUP_DIR')
    .action(async (_options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      const job = await client.admin.backUp()
      out.done(`making a backup; ${watch(job.id)}`, job)
    })
}

const watch = (job: string) => `sluice admin jobs show ${job} tells how it does`
