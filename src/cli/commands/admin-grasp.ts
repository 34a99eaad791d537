/** `sluice admin grasp repos|events|relays`: what a GRASP host holds, waits for and reads. */
import { Option, type Command } from 'commander'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import type { Cli } from '../session.ts'
import { RELAYS, SIGNED_REPOSITORIES, WAITING_EVENTS } from '../shown/grasp.ts'

export function graspCommands(admin: Command, cli: Cli): void {
  const grasp = admin.command('grasp').summary('see what a GRASP host holds, waits for and reads')
  reposCommand(grasp, cli)
  eventsCommand(grasp, cli)
  relaysCommand(grasp, cli)
}

interface ReposOptions extends ListOptions {
  readonly status?: 'purgatory' | 'live' | 'archived'
}

function reposCommand(grasp: Command, cli: Cli): void {
  const statuses = ['purgatory', 'live', 'archived']
  const repos = grasp
    .command('repos')
    .summary('list announced repositories, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(statuses))
  addListOptions(repos).action(async ({ status, limit }: ReposOptions, command: Command) => {
    const { client, out } = await cli.session(command)
    const listing = client.admin.graspRepos({ query: { status, ...pageSize(limit) } })
    out.list(await first(listing, limit), SIGNED_REPOSITORIES)
  })
}

function eventsCommand(grasp: Command, cli: Cli): void {
  const events = grasp.command('events').summary('list events that wait for git data, newest first')
  addListOptions(events).action(async ({ limit }: ListOptions, command: Command) => {
    const { client, out } = await cli.session(command)
    const listing = client.admin.graspEvents({ query: pageSize(limit) })
    out.list(await first(listing, limit), WAITING_EVENTS)
  })
}

function relaysCommand(grasp: Command, cli: Cli): void {
  const relays = grasp.command('relays').summary('list the relays that are read, and how they answer')
  addListOptions(relays).action(async ({ limit }: ListOptions, command: Command) => {
    const { client, out } = await cli.session(command)
    const listing = client.admin.graspRelays({ query: pageSize(limit) })
    out.list(await first(listing, limit), RELAYS)
  })
}
