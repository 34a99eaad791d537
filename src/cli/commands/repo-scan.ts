/** `sluice repo scan`: whether pushes to a repository are scanned for secrets. */
import { Argument, InvalidArgumentError, type Command } from 'commander'
import type { Scan } from '../../client/operations.ts'
import { collect, duration, repositoryName, type RepositoryName } from '../arguments.ts'
import type { Cli } from '../session.ts'
import { SCAN } from '../shown/scan.ts'

interface ScanOptions {
  readonly rules?: string
  readonly allow?: readonly string[]
  readonly reason: string
  readonly wait?: number
}

const MAX_WAIT_SECONDS = 300

const EXAMPLE = `
Without on or off it shows how it is. What is not named stays as it is.

Example:
  sluice repo scan acme/app on --allow 'test/fixtures/**' --reason 'made-up keys of the tests'
`

export function scanSettingsCommand(repo: Command, cli: Cli): void {
  repo
    .command('scan')
    .summary('show or set whether pushes are scanned for secrets')
    .argument('<org/name>', 'the repository', repositoryName)
    .addArgument(new Argument('[on|off]', 'what it is to be').choices(['on', 'off']))
    .option('--rules <name>', 'rule set of the server')
    .option('--allow <glob>', 'more paths where nothing is a finding; may be repeated', collect)
    .option('--reason <why>', 'why these are allowed', 'set by sluice repo scan')
    .option('--wait <time>', 'how long a push waits for approval, at most 5m; 0: not at all', waitTime)
    .addHelpText('after', EXAMPLE)
    .action(
      async (
        where: RepositoryName,
        wanted: 'on' | 'off' | undefined,
        options: ScanOptions,
        command: Command,
      ) => {
        const { client, out } = await cli.session(command)
        const before = await client.scan.get(where)
        if (wanted === undefined) return out.show(before, SCAN)
        const body = changed(before, wanted === 'on', options)
        out.done(
          `secrets in pushes are ${wanted === 'on' ? '' : 'not '}looked for`,
          await client.scan.put({ ...where, body }),
        )
      },
    )
}

function waitTime(text: string): number {
  const seconds = text === '0' ? 0 : duration(text)
  if (seconds > MAX_WAIT_SECONDS) throw new InvalidArgumentError('At most 5m.')
  return seconds
}

function changed(before: Scan, enabled: boolean, { rules, allow = [], reason, wait }: ScanOptions): Scan {
  return {
    enabled,
    rules: rules ?? before.rules,
    allow: [...before.allow, ...allow.map((path) => ({ path, reason }))],
    approvalWaitMs: wait === undefined ? before.approvalWaitMs : wait * 1000,
  }
}
