/**
 * Lands a commit that is made for the head a branch has now: commits and merges by REST. Writers of one
 * branch take turns from reading its head to moving it; who loses a race against a push is redone here,
 * so that no client sees a lock or a stale head.
 */
import { apiPush, type ApiPush, type Writer } from './api-push.ts'
import type { Door } from './door.ts'
import { zeroOid, type Oid, type RefName } from './ids.ts'
import type { Quarantine } from './ports.ts'
import { principalKey } from './principal.ts'
import { firstRefusal, refusalError } from './refusal-error.ts'
import type { Refusal, RefUpdate } from './ref-update.ts'
import { updateRefs } from './update-refs.ts'

export interface Landing extends Omit<ApiPush, 'updates' | 'atomic' | 'onMoved'> {
  readonly branch: RefName
  /**
   * Makes the new head, its objects in `quarantine`; called again when the branch has moved meanwhile.
   * Returning `head` itself lands nothing.
   *
   * @param head value of the branch; `null` when it does not exist
   */
  readonly make: (head: Oid | null, quarantine: Quarantine) => Promise<Oid>
}

export interface Landed {
  /** Value of the branch before; `null` when it did not exist. */
  readonly head: Oid | null
  readonly oid: Oid
}

const MAX_ATTEMPTS = 5
const LOST_RACE: ReadonlySet<Refusal['code']> = new Set(['REF_STALE', 'REF_LOCKED'])

/**
 * When it resolves, the branch has moved and that is on disk.
 *
 * @throws AppError what `make` throws; the refusal of the door (`REF_STALE` after five lost races,
 *   `FORBIDDEN`, …); `OVERLOADED` when too many wait for the branch; `OUTCOME_UNKNOWN`
 */
export async function land(door: Door, writer: Writer, landing: Landing): Promise<Landed> {
  const party = principalKey(writer.principal)
  using turn = await door.landing.enter(writer.repo.id, landing.branch, party)
  const onMoved = () => turn[Symbol.dispose]()
  for (let attempt = 1; ; attempt++) {
    const landed = await tryToLand(door, writer, landing, onMoved)
    if ('oid' in landed) return landed
    if (attempt === MAX_ATTEMPTS || !LOST_RACE.has(landed.code)) throw refusalError(landed)
  }
}

async function tryToLand(
  door: Door,
  writer: Writer,
  { branch, make, ...asked }: Landing,
  onMoved: () => void,
): Promise<Landed | Refusal> {
  const { repo } = writer
  const head = (await door.store.readRefs(repo, [branch])).get(branch) ?? null
  await using quarantine = door.store.openQuarantine(repo)
  const oid = await make(head, quarantine)
  if (oid === head) return { head, oid }
  const update: RefUpdate = { ref: branch, oldOid: head ?? zeroOid(repo.objectFormat), newOid: oid }
  const { results } = await updateRefs(
    door,
    apiPush(writer, { ...asked, updates: [update], onMoved }),
    quarantine,
    null,
  )
  return firstRefusal(results) ?? { head, oid }
}
