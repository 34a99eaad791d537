/**
 * Where objects stay that were fetched before all of their state was: under refs that no client sees and no event
 * tells of. A hunt that has to be repeated finds them, and fetches nothing twice.
 */
import type { Door } from '../../../kernel/door.ts'
import { zeroOid, type Oid, type RefName } from '../../../kernel/ids.ts'
import type { Quarantine } from '../../../kernel/ports.ts'
import { refusalError } from '../../../kernel/refusal-error.ts'
import type { RefUpdate } from '../../../kernel/ref-update.ts'
import type { Repository } from '../../../kernel/repository.ts'
import { moveSigned } from '../settle/signed-move.ts'

export const HUNT_REFS = 'refs/internal/hunt/'
/** One transaction each. */
const REFS_AT_ONCE = 1_000

export function huntRef(oid: Oid): RefName {
  return `${HUNT_REFS}${oid}` as RefName
}

/**
 * Lets refs begin at what was fetched, through the door: histories must be whole.
 *
 * @param refs that are not there yet
 * @param fetched objects that the repository does not have yet
 * @throws AppError of the first refusal; what the door throws
 */
export async function keepFetched(
  door: Door,
  repo: Repository,
  refs: ReadonlyMap<RefName, Oid>,
  fetched: Quarantine,
): Promise<void> {
  const zero = zeroOid(repo.objectFormat)
  const updates = [...refs].map(([ref, newOid]) => ({ ref, oldOid: zero, newOid }))
  await move(door, repo, updates, fetched)
}

/** @param refs with their values */
export async function dropFetched(
  door: Door,
  repo: Repository,
  refs: ReadonlyMap<RefName, Oid>,
): Promise<void> {
  const zero = zeroOid(repo.objectFormat)
  const updates = [...refs].map(([ref, oldOid]) => ({ ref, oldOid, newOid: zero }))
  await using nothing = door.store.openQuarantine(repo)
  await move(door, repo, updates, nothing)
}

async function move(
  door: Door,
  repo: Repository,
  updates: readonly RefUpdate[],
  objects: Quarantine,
): Promise<void> {
  for (let at = 0; at < updates.length; at += REFS_AT_ONCE) {
    const [refusal] = await moveSigned(door, repo, updates.slice(at, at + REFS_AT_ONCE), objects)
    if (refusal) throw refusalError(refusal)
  }
}
