/**
 * Where objects stay that were fetched before all of their state was: under refs that no client sees and no event
 * tells of. A hunt that has to be repeated finds them, and fetches nothing twice.
 */
import type { Door } from '../../../kernel/door.ts'
import { zeroOid, type Oid, type RefName } from '../../../kernel/ids.ts'
import type { Push } from '../../../kernel/policy.ts'
import type { Quarantine } from '../../../kernel/ports.ts'
import { SIGNED_STATE } from '../../../kernel/principal.ts'
import { firstRefusal, refusalError } from '../../../kernel/refusal-error.ts'
import type { RefUpdate } from '../../../kernel/ref-update.ts'
import type { Repository } from '../../../kernel/repository.ts'
import { updateRefs } from '../../../kernel/update-refs.ts'

export const HUNT_REFS = 'refs/internal/hunt/'
/** One transaction each. */
const REFS_AT_ONCE = 1_000

export function huntRef(oid: Oid): RefName {
  return `${HUNT_REFS}${oid}` as RefName
}

/**
 * Moves the refs to what was fetched, through the door: histories must be whole.
 *
 * @param refs what is there already stays as it is, so none of them may have another value
 * @param fetched objects that the repository does not have yet
 * @throws AppError of the first refusal; what the door throws
 */
export async function keepFetched(
  door: Door,
  repo: Repository,
  refs: ReadonlyMap<RefName, Oid>,
  fetched: Quarantine,
  signal: AbortSignal,
): Promise<void> {
  const zero = zeroOid(repo.objectFormat)
  const updates = [...refs].map(([ref, newOid]) => ({ ref, oldOid: zero, newOid }))
  await move(door, repo, updates, fetched, signal)
}

/** @param refs with their values */
export async function dropFetched(
  door: Door,
  repo: Repository,
  refs: ReadonlyMap<RefName, Oid>,
  signal: AbortSignal,
): Promise<void> {
  const zero = zeroOid(repo.objectFormat)
  const updates = [...refs].map(([ref, oldOid]) => ({ ref, oldOid, newOid: zero }))
  await using nothing = door.store.openQuarantine(repo)
  await move(door, repo, updates, nothing, signal)
}

async function move(
  door: Door,
  repo: Repository,
  updates: readonly RefUpdate[],
  objects: Quarantine,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < updates.length; at += REFS_AT_ONCE) {
    signal.throwIfAborted()
    const push = pushOfServer(repo, updates.slice(at, at + REFS_AT_ONCE), signal)
    const refusal = firstRefusal((await updateRefs(door, push, objects, null)).results)
    if (refusal) throw refusalError(refusal)
  }
}

/** What is signed is not ours to refuse: no policy is asked. */
function pushOfServer(repo: Repository, updates: readonly RefUpdate[], signal: AbortSignal): Push {
  const { id, orgId, orgSlug, slug, visibility } = repo
  return {
    repo,
    principal: SIGNED_STATE,
    resource: { id, orgId, orgSlug, slug, visibility, surface: false, role: null },
    via: 'nostr',
    updates,
    atomic: false,
    options: [],
    announcedBytes: null,
    maxPackBytes: Infinity,
    agentId: null,
    admit: () => Promise.resolve(NO_PLACE),
    progress: () => {},
    signal,
  }
}

/** No pack is unpacked for it: the fetch has done that. */
const NO_PLACE: Disposable = { [Symbol.dispose]: () => {} }
