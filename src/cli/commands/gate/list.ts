/** `sluice gate list|show`: which gates there are, and what one was declared to be. How it does is for `status`. */
import type { Command } from 'commander'
import { repositoryName, type RepositoryName } from '../../arguments.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../../list-options.ts'
import type { Cli } from '../../session.ts'
import { REPOSITORIES } from '../../shown/repository.ts'
import { UPSTREAM } from '../../shown/upstream.ts'

interface ListGatesOptions extends ListOptions {
  readonly org?: string
}

export function listCommand(gate: Command, cli: Cli): void {
  const list = gate
    .command('list')
    .summary('list gates that the token can read, newest first')
    .option('--org <org>', 'only those of this organisation')
  addListOptions(list).action(async ({ org, limit }: ListGatesOptions, command: Command) => {
    const { client, out } = await cli.session(command)
    const listing = client.repos.list({ query: { kind: 'gate', orgId: org, ...pageSize(limit) } })
    out.list(await first(listing, limit), REPOSITORIES)
  })
}

export function showCommand(gate: Command, cli: Cli): void {
  gate
    .command('show')
    .summary('show what a gate was declared to be; its secrets are shown to nobody')
    .argument('<repository>', '<org>/<name>', repositoryName)
    .action(async (where: RepositoryName, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.show(await client.upstream.get(where), UPSTREAM)
    })
}
