/** `sluice gate rotate-key`: another deploy key in the place of the one that is used. */
import type { Command } from 'commander'
import { repositoryName, type RepositoryName } from '../../arguments.ts'
import type { Cli } from '../../session.ts'
import { UPSTREAM_KEY } from '../../shown/upstream-key.ts'

const ABOUT = `Make a new deploy key at the forge, prove that the upstream takes it, and use it from now on;
then the old one is removed there. Whoever fetches and pushes meanwhile notices nothing. If the
upstream does not take the new key, that is removed, and the old one stays. A key that was given
and not made here is replaced by declaring the gate anew.`

export function rotateKeyCommand(gate: Command, cli: Cli): void {
  gate
    .command('rotate-key')
    .summary('replace the deploy key of a gate')
    .description(ABOUT)
    .argument('<repository>', '<org>/<name>', repositoryName)
    .action(async (where: RepositoryName, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.show(await client.upstream.rotateKey(where), UPSTREAM_KEY)
    })
}
