/** A server of this folder that is a program for Node, in a process of its own; it prints `port <number>` when it serves. */
import { join } from 'node:path'
import { openCpuMeter, type CpuMeter } from '../measure/cpu-meter.ts'
import { startProcess } from './start-process.ts'

export interface NodeProgram extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly origin: string
  readonly cpu: CpuMeter
}

const START_MS = 10_000

/** @param program name of the file */
export async function startNodeProgram(
  root: string,
  program: string,
  argument: string,
): Promise<NodeProgram> {
  const cpu = openCpuMeter()
  const path = join(root, 'bench', 'peers', program)
  const server = startProcess([process.execPath, path, argument], cpu)
  const stop = async () => {
    await server[Symbol.asyncDispose]()
    await cpu[Symbol.asyncDispose]()
  }
  const port = await server.waitForOutput(findPort, START_MS).catch(async (err: unknown) => {
    await stop()
    throw err
  })
  return { origin: `http://127.0.0.1:${port}`, cpu, [Symbol.asyncDispose]: stop }
}

function findPort(output: string): string | null {
  return /^port (\d+)$/m.exec(output)?.[1] ?? null
}
