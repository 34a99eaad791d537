/** Has the server look after a repository, and waits for what it does behind its requests. */
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { HostedRepository } from '../peers/git-server.ts'
import type { Sluice } from '../peers/sluice.ts'

const LOOK_AGAIN_MS = 500
const SOON_MS = 60_000
const PATIENCE_MS = 20 * 60_000

/** As it comes to every repository by itself in time: repacked, and with a commit-graph. */
export async function maintain(
  sluice: Sluice,
  { directory }: Pick<HostedRepository, 'directory'>,
): Promise<void> {
  const url = `${sluice.origin}/admin/repos/${basename(directory, '.git')}/maintenance`
  const { status } = await fetch(url, { method: 'POST', headers: sluice.headers })
  if (status !== 202) throw new Error(`maintenance was refused: ${status}`)
  await settled(sluice)
}

/** Nothing is left to do, or it is left for another day. @throws Error when maintenance has failed */
export async function settled({ origin, headers }: Sluice): Promise<void> {
  await until('maintenance', async () => {
    const answer = await fetch(`${origin}/admin/jobs?jobType=repo_maintenance`, { headers })
    const jobs = (await answer.json()) as { status: string; runAt: string }[]
    const isDue = (runAt: string) => Date.parse(runAt) < Date.now() + SOON_MS
    if (jobs.some(({ status }) => status === 'failed')) throw new Error('maintenance has failed')
    return !jobs.some((job) => job.status === 'running' || (job.status === 'queued' && isDue(job.runAt)))
  })
}

/** Resolves when a counter of `/metrics` has come to a value. @throws Error when that takes too long */
export function counted(sluice: Sluice, metric: string, atLeast: number): Promise<void> {
  return until(metric, async () => (await sluice.readMetric(metric)) >= atLeast)
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what} has not come to its end`)
    await delay(LOOK_AGAIN_MS)
  }
}
