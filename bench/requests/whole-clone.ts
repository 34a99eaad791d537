/** A repository that is looked after, so that one pack is a whole clone; and what a client says to get that. */
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { git } from '../git.ts'
import type { HostedRepository } from '../peers/git-server.ts'
import type { Sluice } from '../peers/sluice.ts'
import { USUAL } from './fetch-request.ts'

const LOOK_AGAIN_MS = 200

/** As an administrator would. @throws Error when it fails, or leaves no pack that is a whole clone */
export async function haveClonePack(
  { origin, headers }: Sluice,
  { directory }: HostedRepository,
): Promise<void> {
  const job = `${origin}/admin/repos/${basename(directory, '.git')}/maintenance`
  await fetch(job, { method: 'POST', headers })
  for (let status = 'queued'; status !== 'done'; await delay(LOOK_AGAIN_MS)) {
    const answer = await fetch(`${origin}/admin/jobs?jobType=repo_maintenance`, { headers })
    status = ((await answer.json()) as { status: string }[])[0]?.status ?? 'done'
    if (status === 'failed') throw new Error('maintenance has failed')
  }
  if (!(await readdir(directory)).includes('clone-pack')) throw new Error('no pack is a whole clone')
}

/** Of a full clone. @param directory of the repository, or of a copy of it */
export async function wholeCloneArguments(directory: string): Promise<string[]> {
  const refs = ['for-each-ref', '--format=%(objectname)', 'refs/heads', 'refs/tags']
  const { stdout } = await git(refs, { cwd: directory })
  const wants = [...new Set(stdout.trimEnd().split('\n'))].map((oid) => `want ${oid}`)
  return [...USUAL, 'no-progress', ...wants, 'done']
}
