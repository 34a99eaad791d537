/** What brings a remote to where a repository is. Pure. */
import { refMatches } from '../../kernel/access.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { OutboundUpdate } from '../../git/outbound/push-out.ts'

export interface HereRef {
  readonly name: RefName
  readonly oid: Oid
}

export interface PushPlan {
  /** Deletions first: they make room for names below them. */
  readonly updates: readonly OutboundUpdate[]
  /** Ours there until now, and not selected any more: they stay there, and are ours no longer. */
  readonly forgotten: readonly RefName[]
}

/**
 * @param here refs that may be shown to others
 * @param there where refs are by our hand, empty where that is not known; nothing else is ever deleted
 * @param patterns of refs that are mirrored
 */
export function planPush(
  here: Iterable<HereRef>,
  there: ReadonlyMap<RefName, Oid | ''>,
  patterns: readonly string[],
): PushPlan {
  const isSelected = (ref: RefName) => patterns.some((pattern) => refMatches(pattern, ref))
  const missing = new Set(there.keys())
  const changed: OutboundUpdate[] = []
  for (const { name: ref, oid } of here) {
    if (!isSelected(ref)) continue
    missing.delete(ref)
    if (there.get(ref) !== oid) changed.push({ ref, oid })
  }
  const deleted = [...missing].filter(isSelected).map((ref) => ({ ref, oid: null }))
  return {
    updates: [...deleted, ...changed],
    forgotten: [...missing].filter((ref) => !isSelected(ref)),
  }
}

const MAX_UPDATES = 500
/** A command line takes about 2 MiB with its environment. @see execve(2) */
const MAX_NAME_BYTES = 256 * 1024

/** Parts that are pushed one after the other. */
export function* batchesOf(updates: readonly OutboundUpdate[]): Generator<readonly OutboundUpdate[]> {
  let batch: OutboundUpdate[] = []
  let bytes = 0
  for (const update of updates) {
    const more = Buffer.byteLength(update.ref)
    if (batch.length > 0 && (batch.length >= MAX_UPDATES || bytes + more > MAX_NAME_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(update)
    bytes += more
  }
  if (batch.length > 0) yield batch
}
