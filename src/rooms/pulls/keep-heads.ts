/**
 * `refs/pull/<number>/head`: keeps the commits of a pull request, and lets git fetch them, whatever becomes
 * of the branch. Written by the server through its own door; no client can.
 */
import { apiPush } from '../../kernel/api-push.ts'
import type { Door } from '../../kernel/door.ts'
import { zeroOid, type Oid } from '../../kernel/ids.ts'
import type { Refusal, RefUpdate } from '../../kernel/ref-update.ts'
import type { Repository } from '../../kernel/repository.ts'
import { updateRefs } from '../../kernel/update-refs.ts'
import { headRef } from './refs.ts'
import { serverItself } from '../../kernel/server-itself.ts'

export interface KeepHeadsParts {
  readonly door: Door
  /** The ref stays where it is until the branch moves again. */
  readonly onRefused: (repo: Repository, refusal: Refusal) => void
}

interface Head {
  readonly number: number
  readonly sourceSha: Oid
}

/** Nothing is written for what is there already, nor into an archived repository. */
export async function keepHeads(
  { door, onRefused }: KeepHeadsParts,
  repo: Repository,
  heads: readonly Head[],
): Promise<void> {
  if (repo.archived) return
  const updates = await outdated(door, repo, heads)
  if (updates.length === 0) return
  await using quarantine = door.store.openQuarantine(repo)
  const push = apiPush(serverItself(repo), { updates, via: 'merge', atomic: false })
  const { results } = await updateRefs(door, push, quarantine, null)
  for (const result of results) if (!result.ok) onRefused(repo, result.refusal)
}

async function outdated({ store }: Door, repo: Repository, heads: readonly Head[]): Promise<RefUpdate[]> {
  const kept = await store.readRefs(
    repo,
    heads.map(({ number }) => headRef(number)),
  )
  const updates = heads.map(({ number, sourceSha }) => {
    const ref = headRef(number)
    return { ref, oldOid: kept.get(ref) ?? zeroOid(repo.objectFormat), newOid: sourceSha }
  })
  return updates.filter(({ oldOid, newOid }) => oldOid !== newOid)
}
