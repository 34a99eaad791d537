/** `sluice scan`: looks for secrets in a repository on this machine, without a server. */
import { writeFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { CommandError } from '../../command-error.ts'
import type { Cli, GlobalOptions } from '../../session.ts'
import { sizeText } from '../../size-text.ts'
import { colorsFor, type Terminal } from '../../terminal.ts'
import { SCAN_WORKER_SCRIPT } from '../../worker-script.ts'
import type { Format } from './render-report.ts'
import type { Report } from './report.ts'
import type { ScanRequest } from './scan.ts'
import { SecretsFound } from './secrets-found.ts'

interface ScanOptions {
  readonly all?: true
  readonly since?: string
  readonly staged?: true
  readonly workingTree?: true
  readonly format?: Format
  readonly output?: string
  readonly rules?: string
  readonly baseline?: string
  /** `--no-redact` makes it false. */
  readonly redact: boolean
  readonly exitZero?: true
}

const EXAMPLES = `
Exit code: 0 when nothing was found, 1 when something was (0 with --exit-zero), 2 when the command line cannot be used.

Examples:
  sluice scan                                   all that refs and HEAD reach, in the repository here
  sluice scan ~/src/app main..topic             what a branch would bring
  sluice scan --staged                          in a pre-commit hook
  sluice scan --working-tree                    files as they lie here, committed or not
  sluice scan --since '2 weeks ago' --format sarif --output scan.sarif
  sluice scan --json --output known.json && sluice scan --baseline known.json
`

export function scanCommand(program: Command, cli: Cli): void {
  program
    .command('scan')
    .summary('look for secrets in a repository on this machine')
    .description(
      'Look for secrets in a repository on this machine, bare or not. No server is needed, and nothing\n' +
        'leaves the machine. Looked at are files, their names, and messages and authors of commits and tags.\n' +
        'Each finding is told once for a path, where it came first; secrets are redacted.',
    )
    .argument(
      '[what...]',
      'directory of a repository, if it is not here; then revisions, as git log takes them',
    )
    .option('--all', 'all refs and HEAD, which is what is scanned without revisions')
    .option('--since <date>', 'only what commits since then have brought')
    .option('--staged', 'what the next commit would bring')
    .option('--working-tree', 'files as they lie there, tracked or not, but for ignored ones')
    .addOption(new Option('--format <format>', 'of the report').choices(['text', 'json', 'sarif']))
    .option('--output <file>', 'where the report goes, in place of stdout')
    .option('--rules <file>', 'rules in the gitleaks format, in place of our own')
    .option('--baseline <file>', 'JSON report of an earlier scan, whose findings are known')
    .option('--no-redact', 'show secrets as they are; on a terminal only')
    .option('--exit-zero', 'end with 0 also when something was found')
    .addHelpText('after', EXAMPLES)
    .action((words: string[], options: ScanOptions, command: Command) => run(cli, command, words, options))
}

async function run(cli: Cli, command: Command, words: string[], options: ScanOptions): Promise<void> {
  const { terminal } = cli
  const format = formatOf(command, options)
  refuseContradictions(options, terminal, format)
  const { scan } = await import('./scan.ts')
  const version = command.parent?.version() ?? ''
  const { report, rules } = await scan(requestOf(words, options), {
    terminal,
    workerScript: SCAN_WORKER_SCRIPT,
    version,
  })
  const { renderReport } = await import('./render-report.ts')
  const colors =
    terminal.stdout.isTTY && options.output === undefined ? colorsFor(terminal, terminal.stdout) : null
  const text = renderReport(report, { format, rules, colors })
  if (options.output === undefined) terminal.stdout.write(text)
  else write(options.output, text)
  if (format === 'text' || options.output !== undefined) conclude(cli, command, report)
  if (report.findings.length + report.more.length > 0 && !options.exitZero) throw new SecretsFound()
}

function requestOf(words: readonly string[], options: ScanOptions): ScanRequest {
  const { all, since, staged, workingTree, rules, baseline, redact } = options
  return {
    words,
    all: all ?? false,
    what: staged ? 'staged' : workingTree ? 'working-tree' : 'history',
    ...(since !== undefined && { since }),
    ...(rules !== undefined && { rulesFile: rules }),
    ...(baseline !== undefined && { baselineFile: baseline }),
    showSecrets: !redact,
  }
}

/** @throws CommandError `usage`: options that contradict each other */
function refuseContradictions(options: ScanOptions, { stdout }: Terminal, format: Format): void {
  const { all, since, staged, workingTree, redact, output } = options
  if (staged && workingTree) throw new CommandError('usage', '--staged and --working-tree are two scans')
  if ((staged || workingTree) && (all || since !== undefined))
    throw new CommandError('usage', '--all and --since are about the history, which is another scan')
  if (!redact && (stdout.isTTY !== true || output !== undefined || format !== 'text'))
    throw new CommandError('usage', 'secrets are shown as text on a terminal only', 'leave out --no-redact')
}

function formatOf(command: Command, { format }: ScanOptions): Format {
  const { json = false } = command.optsWithGlobals<GlobalOptions>()
  if (json && format !== undefined && format !== 'json')
    throw new CommandError('usage', `--json and --format ${format} are two formats`)
  return format ?? (json ? 'json' : 'text')
}

/** Its owner's alone: it tells where the secrets are. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 })
  } catch (err) {
    throw new CommandError('usage', `the report cannot be written: ${(err as Error).message}`)
  }
}

function conclude(cli: Cli, command: Command, { findings, scanned, more }: Report): void {
  const out = cli.output(command)
  const { objects, bytes } = scanned
  const found = findings.length === 1 ? '1 finding' : `${findings.length || 'no'} findings`
  out.note(`${found} in ${objects} object${objects === 1 ? '' : 's'} (${sizeText(bytes)})`)
  for (const oid of more) out.note(`object ${oid} has more findings than are listed`)
  if (findings.length > 0)
    out.note(
      'a secret that was committed is known to others: revoke it first, then take it out of the history',
    )
}
