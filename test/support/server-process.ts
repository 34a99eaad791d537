/** A server in a process of its own, to be watched, stopped and killed. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { builtOnce } from './built-programs.ts'
import type { Mishap } from './doomed/server.ts'

const programs = builtOnce('servers', {
  main: 'src/main.ts',
  doomed: 'test/support/doomed/server.ts',
  'launcher-process': 'src/git/launcher/launcher-process.ts',
  'scan-worker': 'src/scanner/scan-worker.ts',
  'verify-worker': 'src/nostr/verify/verify-worker.ts',
})

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
  const { scripts } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
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
