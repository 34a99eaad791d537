/** `sluice backup`: a copy of everything that a server keeps. On the data directory; the server may run. */
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { configOf } from '../offline.ts'
import type { Output } from '../output.ts'
import { withProgress } from '../progress.ts'
import type { Cli } from '../session.ts'

interface BackupOptions {
  readonly copy?: true
  readonly dataDir?: string
}

export function backupCommand(program: Command, cli: Cli): void {
  program
    .command('backup')
    .summary('copy everything that a server keeps; for its operator')
    .description(
      'Copy the database and all repositories of a server as they are at one moment, while it runs or not.\n' +
        'The copy is made in <directory>, which must not exist yet; what is cut off leaves nothing there.\n' +
        'Where it can, it shares the files of git objects with the server: these never change.',
    )
    .argument('<directory>', 'where the backup is made')
    .option('--copy', 'share no files with the server, also on its own file system')
    .option('--data-dir <directory>', 'data directory of the server; SLUICE_DATA_DIR if absent')
    .action((directory: string, options: BackupOptions, command: Command) =>
      backUp(cli, cli.output(command), resolve(directory), options),
    )
}

async function backUp(
  { terminal }: Cli,
  out: Output,
  destination: string,
  { copy, dataDir }: BackupOptions,
): Promise<void> {
  const config = await configOf(terminal.env, dataDir)
  const { backUpServer, PARTIAL } = await import('../../compose/backup.ts')
  const removeHalf = () => rmSync(destination + PARTIAL, { recursive: true, force: true })
  process.once('exit', removeHalf) // Ctrl-C
  try {
    const made = await withProgress(terminal.stderr, 'copying the database', ({ say }) =>
      backUpServer(config, Date, {
        destination,
        mode: copy ? 'copy' : 'link',
        onProgress: (done, total) => say(`copying repositories: ${done} of ${total}`),
      }),
    )
    const counts = `repositories: ${made.repositories}, refs: ${made.refs}, rows: ${made.rows}`
    out.done(`backed up to ${made.path}: ${counts}`, made)
    for (const { id, damage } of made.damaged) out.note(`repository ${id} ${damage}`)
    out.note(adviceOn(made.keySecret))
  } finally {
    process.off('exit', removeHalf)
  }
}

function adviceOn(keySecret: 'included' | 'configured'): string {
  return keySecret === 'included'
    ? 'the key secret is in it: keep it as safe as the server'
    : 'the key secret is not in it: SLUICE_KEY_SECRET is needed to restore'
}
