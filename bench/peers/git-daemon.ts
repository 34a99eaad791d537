/**
 * `git daemon`: the leanest server that comes with git. No HTTP, no authentication, a process a connection.
 *
 * @see git-daemon(1)
 */
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openCpuMeter, type CpuMeter } from '../measure/cpu-meter.ts'
import { freePort, waitUntilListening } from './ports.ts'
import { startProcess } from './start-process.ts'

export interface GitDaemon extends AsyncDisposable {
  /** As the tables call it. */
  readonly name: string
  readonly port: number
  readonly cpu: CpuMeter
  /** Serves a copy of a bare repository. @returns its path, as a client asks for it */
  host(name: string, source: string): Promise<string>
}

const START_MS = 10_000

export async function startGitDaemon(scratch: string): Promise<GitDaemon> {
  const directory = join(scratch, 'daemon')
  await mkdir(directory, { recursive: true })
  const port = await freePort()
  const cpu = openCpuMeter()
  const place = [`--base-path=${directory}`, '--listen=127.0.0.1', `--port=${port}`, directory]
  const limits = ['--max-connections=0', '--export-all', '--reuseaddr']
  const daemon = startProcess(['git', 'daemon', ...limits, ...place], cpu)
  const stop = async () => {
    await daemon[Symbol.asyncDispose]()
    await cpu[Symbol.asyncDispose]()
  }
  await waitUntilListening(port, START_MS).catch(async (err: unknown) => {
    await stop()
    throw err
  })
  return {
    name: 'git daemon',
    port,
    cpu,
    host: async (name, source) => {
      await cp(source, join(directory, `${name}.git`), { recursive: true })
      return `/${name}.git`
    },
    [Symbol.asyncDispose]: stop,
  }
}
