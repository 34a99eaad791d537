/** `sluice keys rotate`: a new key signs tokens from now on. On the data directory; the server may run. */
import type { Command } from 'commander'
import { onDataDirectory } from '../offline.ts'
import type { Cli } from '../session.ts'

export function keysCommands(program: Command, cli: Cli): void {
  const keys = program.command('keys').summary('change the keys of a server; for its operator')
  keys
    .command('rotate')
    .summary('sign tokens with a new key from now on')
    .description(
      'Make a new key that signs tokens from now on. Tokens signed before stay good until they end; a\n' +
        'running server takes the new key within a minute.',
    )
    .option('--data-dir <directory>', 'data directory of the server; SLUICE_DATA_DIR if absent')
    .action(async ({ dataDir }: { dataDir?: string }, command: Command) => {
      const rotated = await onDataDirectory(cli.terminal.env, dataDir, (offline) => offline.rotateKeys())
      cli.output(command).done(`tokens are signed with ${rotated.kid} from now on`, rotated)
    })
}
