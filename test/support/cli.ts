/** The `sluice` command as a process of its own, built as it is shipped, with a home directory nobody else has. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { isRunning } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Inside the checkout, so that the command finds the packages which are not built into it. */
const CACHE = join(ROOT, 'node_modules/.cache')

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

let built: Promise<string> | null = null

function programs(): Promise<string> {
  built ??= buildPrograms()
  return built
}

async function buildPrograms(): Promise<string> {
  await mkdir(CACHE, { recursive: true })
  await removeThoseOfTheDead()
  const folder = join(CACHE, `cli-${process.pid}`)
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      sluice: 'src/cli/sluice.ts',
      'git-credential-sluice': 'src/client/git-credential-sluice.ts',
    },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    outdir: folder,
    define: { 'process.env.SLUICE_VERSION': '"0.0.0-test"' },
  })
  return folder
}

/** A test process is killed when it is done, so it cannot clear up after itself. */
async function removeThoseOfTheDead(): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const pid = Number(/^cli-(\d+)$/.exec(name)?.[1] ?? 0)
    if (pid > 0 && !isRunning(pid)) await rm(join(CACHE, name), { recursive: true, force: true })
  }
}
