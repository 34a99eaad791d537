/** The server of git-per-request.mjs, in a process of its own. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { openCpuMeter } from '../measure/cpu-meter.ts'
import type { GitServer, HostedRepository } from './git-server.ts'
import { startProcess } from './start-process.ts'

export interface GitPerRequest extends Omit<GitServer, 'host'> {
  readonly hosted: Pick<HostedRepository, 'path'>
}

const START_MS = 10_000

/** @param source bare repository, copied and then served */
export async function startGitPerRequest(
  root: string,
  scratch: string,
  source: string,
): Promise<GitPerRequest> {
  const repository = join(scratch, 'git-per-request.git')
  await cp(source, repository, { recursive: true })
  const cpu = openCpuMeter()
  const program = join(root, 'bench', 'peers', 'git-per-request.mjs')
  const server = startProcess([process.execPath, program, repository], cpu)
  const stop = async () => {
    await server[Symbol.asyncDispose]()
    await cpu[Symbol.asyncDispose]()
  }
  const port = await server.waitForOutput(findPort, START_MS).catch(async (err: unknown) => {
    await stop()
    throw err
  })
  return {
    name: 'one git a request',
    origin: `http://127.0.0.1:${port}`,
    headers: {},
    cpu,
    hosted: { path: '/bench/repository' },
    [Symbol.asyncDispose]: stop,
  }
}

function findPort(output: string): string | null {
  return /^port (\d+)$/m.exec(output)?.[1] ?? null
}
