/** The `sluice` command as a process of its own, built as it is shipped, with a home directory nobody else has. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtOnce } from './built-programs.ts'

const programs = builtOnce('cli', {
  sluice: 'src/cli/sluice.ts',
  'git-credential-sluice': 'src/client/git-credential-sluice.ts',
  'launcher-process': 'src/git/launcher/launcher-process.ts',
  'scan-worker': 'src/scanner/scan-worker.ts',
})

export interface CliRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** `undefined`: not set there, also where the home says otherwise. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
  readonly cwd?: string
}

export interface CliHome extends AsyncDisposable {
  /** Home directory, and where commands run. */
  readonly dir: string
  run(args: readonly string[], opts?: RunOptions): Promise<CliRun>
}

/** @param env of every command run there */
export async function cliHome(env: Readonly<Record<string, string>> = {}): Promise<CliHome> {
  const script = join(await programs(), 'sluice.js')
  const dir = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
  return {
    dir,
    run: (args, opts = {}) =>
      runProcess([script, ...args], {
        input: opts.input ?? '',
        cwd: opts.cwd ?? dir,
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: dir,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_TERMINAL_PROMPT: '0',
          LC_ALL: 'C',
          ...env,
          ...opts.env,
        },
      }),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  }
}

/** Path of the built command. */
export async function cliScript(): Promise<string> {
  return join(await programs(), 'sluice.js')
}

function runProcess(
  args: readonly string[],
  { input, cwd, env }: { input: string; cwd: string; env: NodeJS.ProcessEnv },
): Promise<CliRun> {
  const child = spawn(process.execPath, args, { cwd, env })
  child.stdin.on('error', () => {}) // a command that reads nothing has gone
  child.stdin.end(input)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
  })
}
