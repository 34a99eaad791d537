/** The receiver of hook-receiver.mjs, in a process of its own. */
import { join } from 'node:path'
import { openCpuMeter } from '../measure/cpu-meter.ts'
import { startProcess } from './start-process.ts'

export interface HookReceiver extends AsyncDisposable {
  readonly url: string
  /**
   * Resolves when it has answered so many requests, all in all.
   *
   * @throws Error when that takes too long
   */
  hears(count: number): Promise<void>
}

const START_MS = 10_000
const LONGEST_MS = 300_000

export async function startHookReceiver(root: string): Promise<HookReceiver> {
  const cpu = openCpuMeter()
  const program = join(root, 'bench', 'peers', 'hook-receiver.mjs')
  const server = startProcess([process.execPath, program], cpu)
  const port = await server.waitForOutput((output) => /^port (\d+)$/m.exec(output)?.[1] ?? null, START_MS)
  return {
    url: `http://127.0.0.1:${port}/`,
    hears: async (count) => {
      await server.waitForOutput((output) => (heardIn(output) >= count ? true : null), LONGEST_MS)
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await cpu[Symbol.asyncDispose]()
    },
  }
}

function heardIn(output: string): number {
  return Number(/heard (\d+)\n$/.exec(output)?.[1] ?? 0)
}
