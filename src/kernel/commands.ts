/** What a command list may not hold, whoever sends it. Names and ids only. */
import { isRefName, isZero, oidLength, type RefName } from './ids.ts'
import type { Push } from './policy.ts'
import { refuse, type Refusal, type RefUpdate } from './ref-update.ts'

/** Kept by the server itself; its own subscribers write them with `via: 'merge'`. */
const RESERVED = ['refs/internal/', 'refs/pull/', 'refs/quarantine/']

/** Does the server keep this ref for itself? What it does there is nobody's push, and no event tells of it. */
export function isReserved(ref: RefName): boolean {
  return RESERVED.some((prefix) => ref.startsWith(prefix))
}

/**
 * `refs/tags` as a ref would be a file where a directory must stand. git receives none such either.
 *
 * @see git-check-ref-format(1), rule 2, asked of what follows `refs/`
 */
const ONE_LEVEL = /^refs\/[^/]*$/

export function checkCommands(push: Push): Refusal[] {
  const seen = new Set<RefName>()
  const refusals: Refusal[] = []
  for (const update of push.updates) {
    const refusal = checkCommand(push, update, seen)
    seen.add(update.ref)
    if (refusal) refusals.push(refusal)
  }
  return refusals
}

function checkCommand(
  push: Push,
  { ref, oldOid, newOid }: RefUpdate,
  seen: ReadonlySet<RefName>,
): Refusal | null {
  if (!isRefName(ref) || ONE_LEVEL.test(ref)) return refuse('REF_NAME_INVALID', ref)
  if (push.via === 'git' && isReserved(ref)) return refuse('REF_RESERVED', ref)
  if (seen.has(ref)) return refuse('REF_REPEATED', ref)
  if (isZero(oldOid) && isZero(newOid)) return refuse('NOTHING_NAMED', ref)
  const length = oidLength(push.repo.objectFormat)
  if (oldOid.length !== length || newOid.length !== length) return refuse('OID_FORMAT', ref)
  return null
}
