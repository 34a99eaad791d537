/** `sluice gate revoke`: the access of a gate to its upstream ends at once. */
import type { Command } from 'commander'
import { repositoryName, type RepositoryName } from '../../arguments.ts'
import type { Cli } from '../../session.ts'
import { UPSTREAM_KEY } from '../../shown/upstream-key.ts'

const ABOUT = `End the access of a gate to its upstream at once: our copy of its key or token is gone, and a
deploy key is removed at the forge, however often that has to be tried; "sluice gate status"
tells which ones are still there. A key or a token that was given and not made here has to be
taken back at the upstream as well. Until the gate has another key, its readers and pushers are
told that its key was revoked.`

export function revokeCommand(gate: Command, cli: Cli): void {
  gate
    .command('revoke')
    .summary('end the access of a gate to its upstream')
    .description(ABOUT)
    .argument('<repository>', '<org>/<name>', repositoryName)
    .action(async (where: RepositoryName, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      const revoked = await client.upstream.revokeKey(where)
      out.show(revoked, UPSTREAM_KEY)
      if (revoked.provider === 'static' || revoked.provider === 'token')
        out.note('it was given and not made here: take it back at the upstream, where it is still good')
    })
}
