/** A server in a process of its own, to be watched, stopped and killed. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { build } from 'esbuild'
import type { Mishap } from './doomed/server.ts'
import { isRunning } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Inside the checkout, so that the server finds the packages which are not built into it. */
const CACHE = join(ROOT, 'node_modules/.cache')

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** What it has logged so far. */
  readonly log: () => string
  /** What it has told its operator so far, on standard output. */
  readonly printed: () => string
  /** Resolves when the server will meet it; only in a server that was started as `doomed`. */
  arm(mishap: Mishap): Promise<void>
  /** Resolves when it is dead, though not yet its children. */
  kill(): Promise<void>
  signal(name: NodeJS.Signals): void
}

/** `main`: as it is shipped. `doomed`: see doomed/server.ts. */
export type Program = 'main' | 'doomed'

/** Resolves when it serves. @throws Error with what it printed, when it ends instead */
export async function startServer(
  program: Program,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const folder = await programs()
  const child = spawn(process.execPath, [...(await startFlags()), join(folder, `${program}.js`)], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, Readable>
  let log = ''
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  const url = await Promise.race([urlOf(child.stdout), ended.then((how) => Promise.reject(failed(how, log)))])
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return {
    pid: child.pid ?? 0,
    url,
    ended,
    log: () => log,
    printed: () => printed,
    arm: async (mishap) => {
      child.send(mishap)
      await once(child, 'message')
    },
    kill,
    signal: (name) => child.kill(name),
    [Symbol.asyncDispose]: kill,
  }
}

/** What `npm start` tells node besides the script. */
async function startFlags(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  return scripts.start.split(' ').filter((word) => word.startsWith('--'))
}

function failed(how: number | string, log: string): Error {
  return new Error(`the server ended (${how}) before it served\n${log}`)
}

async function urlOf(stdout: Readable): Promise<string> {
  const lines = createInterface({ input: stdout })
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const url = /serves on (\S+)/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
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
  const folder = join(CACHE, `servers-${process.pid}`)
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: 'src/main.ts',
      doomed: 'test/support/doomed/server.ts',
      'launcher-process': 'src/git/launcher/launcher-process.ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    outdir: folder,
  })
  return folder
}

/** A test process is killed when it is done, so it cannot clear up after itself. */
async function removeThoseOfTheDead(): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const pid = Number(/^servers-(\d+)$/.exec(name)?.[1] ?? 0)
    if (pid > 0 && !isRunning(pid)) await rm(join(CACHE, name), { recursive: true, force: true })
  }
}
