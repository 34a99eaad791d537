/** `sluice gate status|refresh|remove`: one gate, and how it does. */
import type { Command } from 'commander'
import { repositoryName, type RepositoryName } from '../../arguments.ts'
import type { Cli } from '../../session.ts'
import { UPSTREAM_STATUS } from '../../shown/upstream-status.ts'

export function statusCommand(gate: Command, cli: Cli): void {
  ofRepository(
    gate.command('status').summary('show how a gate does, and whether its upstream can be asked'),
  ).action(async (where: RepositoryName, _options: unknown, command: Command) => {
    const { client, out } = await cli.session(command)
    out.show(await client.upstream.status(where), UPSTREAM_STATUS)
  })
}

export function refreshCommand(gate: Command, cli: Cli): void {
  ofRepository(gate.command('refresh').summary('ask the upstream now, however new what is shown is')).action(
    async (where: RepositoryName, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.show(await client.upstream.refresh(where), UPSTREAM_STATUS)
    },
  )
}

export function removeCommand(gate: Command, cli: Cli): void {
  const summary = 'make a gate an ordinary repository again; it keeps what it holds, and its keys are removed'
  ofRepository(gate.command('remove').summary(summary)).action(
    async (where: RepositoryName, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      await client.upstream.delete(where)
      out.done(`${where.org}/${where.repo} is no gate any more`)
    },
  )
}

function ofRepository(command: Command): Command {
  return command.argument('<repository>', '<org>/<name>', repositoryName)
}
