/** Puts a tip that was contributed for a repository into that repository. @see GRASP-06 */
import type { Door } from '../../../kernel/door.ts'
import { AppError } from '../../../kernel/errors.ts'
import { zeroOid, type Oid, type RefName } from '../../../kernel/ids.ts'
import type { RepoHandle, Repository } from '../../../kernel/repository.ts'
import type { NostrEvent } from '../../../nostr/event.ts'
import { tipOf, tipRef } from '../../../nostr/nip34/pull-request.ts'
import { bringObjects, type ObjectSharing } from './bring-objects.ts'
import { moveSigned } from './signed-move.ts'

export interface MirrorParts extends ObjectSharing {
  readonly door: Door
  readonly tipsOf: (repo: RepoHandle) => Promise<ReadonlyMap<RefName, Oid>>
  /** Branches and tags. */
  readonly refsOf: (repo: RepoHandle) => Promise<ReadonlyMap<RefName, Oid>>
}

/** @returns whether it stands there now */
export async function mirrorTip(
  { door, tipsOf, refsOf, ...sharing }: MirrorParts,
  from: RepoHandle,
  to: Repository,
  event: NostrEvent,
): Promise<boolean> {
  const [ref, newOid] = [tipRef(event.id), tipOf(event)]
  const before = (await tipsOf(to)).get(ref)
  if (newOid === null || before === newOid) return newOid !== null
  await using into = door.store.openQuarantine(to)
  const known = (await refsOf(to)).values()
  try {
    if (!(await bringObjects(sharing, { repo: to, into }, [newOid], { from: [from], known }))) return false
  } catch (err) {
    if (err instanceof AppError && err.code === 'PACK_REJECTED') return false
    throw err
  }
  const update = { ref, oldOid: before ?? zeroOid(to.objectFormat), newOid }
  return (await moveSigned(door, to, [update], into)).length === 0
}
