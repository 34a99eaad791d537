/** `sluice restore`: a new data directory and database of a backup, or only a look at whether it is whole. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { LAUNCHER_SCRIPT } from '../launcher-script.ts'
import { configOf } from '../offline.ts'
import { withProgress } from '../progress.ts'
import type { Cli } from '../session.ts'

interface RestoreOptions {
  readonly check?: true
  readonly quick?: true
  readonly dataDir?: string
}

export function restoreCommand(program: Command, cli: Cli): void {
  program
    .command('restore')
    .summary('make a server of a backup; for its operator')
    .description(
      'Make a new data directory, and fill an empty database, of what sluice backup has made. Everything is\n' +
        'checked before it is done, the objects by git fsck. The database may be of the other engine.',
    )
    .argument('<backup>', 'directory of the backup')
    .option('--check', 'change nothing; only look whether the backup is whole')
    .option('--quick', 'look whether all objects are there, but do not read their content')
    .option('--data-dir <directory>', 'data directory to make; SLUICE_DATA_DIR if absent')
    .action((backup: string, options: RestoreOptions, command: Command) => run(cli, command, backup, options))
}

async function run(cli: Cli, command: Command, backup: string, options: RestoreOptions): Promise<void> {
  const { check = false, quick = false, dataDir } = options
  const { env, stderr } = cli.terminal
  const config = await configOf(env, dataDir)
  const { restoreServer, verifyServerBackup } = await import('../../compose/backup.ts')
  const work = check ? 'checking' : 'restoring'
  const result = await withProgress(stderr, `${work} the backup`, ({ say }) => {
    const order = {
      backup: resolve(backup),
      depth: quick ? ('reachable' as const) : ('content' as const),
      onProgress: (done: number, total: number) => say(`${work} repositories: ${done} of ${total}`),
    }
    return check ? verifyServerBackup(LAUNCHER_SCRIPT, order) : restoreServer(config, LAUNCHER_SCRIPT, order)
  })
  const { createdAt, repositories, refs, rows } = result
  const done = check ? 'the backup is whole' : `restored to ${config.dataDir}`
  const counts = `repositories: ${repositories}, refs: ${refs}, rows: ${rows}`
  cli.output(command).done(`${done}, as of ${createdAt}: ${counts}`, result)
}
