/** `sluice secrets rotate`: another secret seals what lies encrypted in the database. On the data directory of a stopped server. */
import type { Command } from 'commander'
import { configOf } from '../offline.ts'
import type { Cli } from '../session.ts'

const ABOUT = `Make a new secret of the server, and seal with it whatever is encrypted in the database: keys
that sign tokens, secrets of webhooks, credentials of mirrors and upstreams. All servers of the
database must be stopped. If this is broken off, the old secret or the new one is in use, and
nothing is lost.

A secret that is set by SLUICE_KEY_SECRET cannot be replaced by this command: it says in which
file the new value is. Backups keep the secret that they were made with.`

export function secretsCommands(program: Command, cli: Cli): void {
  const secrets = program.command('secrets').summary('replace the secret of a server; for its operator')
  secrets
    .command('rotate')
    .summary('seal everything with a new secret; the server must be stopped')
    .description(ABOUT)
    .option('--data-dir <directory>', 'data directory of the server; SLUICE_DATA_DIR if absent')
    .action(async ({ dataDir }: { dataDir?: string }, command: Command) => {
      const config = await configOf(cli.terminal.env, dataDir)
      const { rotateServerSecret } = await import('../../compose/secrets.ts')
      const rotated = await rotateServerSecret(config, Date)
      const { values, toBeSet } = rotated
      const todo =
        toBeSet === null
          ? ''
          : `; now set SLUICE_KEY_SECRET to what ${toBeSet} holds: no server starts before; its next start removes the file`
      cli.output(command).done(`sealed ${values} values with a new secret${todo}`, rotated)
    })
}
