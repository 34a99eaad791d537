/** The two programs that git calls, built from source once per test process, in a directory for PATH. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'

const SOURCES = join(import.meta.dirname, '../../src/client')
/** As package.json installs them. */
const PROGRAMS = {
  'git-credential-sluice': 'git-credential-sluice',
  'git-remote-sluice': 'git-remote-sluice',
  'git-remote-sluice+http': 'git-remote-sluice',
}

let built: Promise<string> | null = null

/** @returns the directory */
export function gitHelpers(): Promise<string> {
  built ??= buildHelpers()
  return built
}

export interface HelperRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface HelperCallOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Buffer
  /** Becomes descriptor 3. */
  readonly descriptor?: number
}

/** One of the helpers, as git starts it: nothing in its environment but what is given. */
export async function runHelper(
  name: keyof typeof PROGRAMS,
  args: readonly string[],
  { env = {}, input = '', descriptor }: HelperCallOptions = {},
): Promise<HelperRun> {
  const child = spawn(join(await gitHelpers(), name), args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
  }) as ChildProcessWithoutNullStreams
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { code: code ?? -1, stdout, stderr }
}

/** PATH with the helpers in front. */
export async function pathWithHelpers(): Promise<string> {
  return `${await gitHelpers()}:${process.env['PATH'] ?? ''}`
}

async function buildHelpers(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-helpers-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const bin = join(directory, 'bin')
  await mkdir(bin)
  for (const [name, source] of Object.entries(PROGRAMS)) {
    const outfile = join(directory, `${source}.mjs`)
    await build({
      entryPoints: [join(SOURCES, `${source}.ts`)],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outfile,
    })
    await chmod(outfile, 0o755)
    await symlink(outfile, join(bin, name))
  }
  return bin
}
