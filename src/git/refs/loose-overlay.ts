/** Turns stored loose refs into those that are shown: symbolic ones followed, tags peeled. */
import { type ObjectFormat, zeroOid } from '../../kernel/ids.ts'
import type { LooseDirectories } from './loose-refs.ts'
import type { PeeledObjects } from './peeled-objects.ts'
import { byBytes } from './ref-ranges.ts'
import { type Resolution, resolveRef } from './ref-resolve.ts'
import type { ScanPace } from './ref-scan-pace.ts'
import type { LooseRef } from './ref-snapshot.ts'
import { isStorableName, type StoredRef } from './stored-ref.ts'

export type ReadRef = (name: string) => StoredRef | undefined

/** @returns ascending by name */
export async function resolveLooseRefs(
  directories: LooseDirectories,
  format: ObjectFormat,
  read: ReadRef,
  objects: PeeledObjects,
  pace: ScanPace,
): Promise<LooseRef[]> {
  const loose: LooseRef[] = []
  const zero = zeroOid(format)
  for (const { refs } of directories.values()) {
    for (const [name, ref] of refs) {
      if (pace.isOver()) await pace.rest()
      loose.push(show(name, ref, zero, read, objects))
    }
  }
  return loose.sort((a, b) => byBytes(a.name, b.name))
}

/**
 * A direct ref is shown whether its object is there or not, and with the zero id when its file or
 * name is no good: git does so since 2.34, lest somebody takes a loss for a deletion. A symbolic one
 * that leads nowhere is not shown.
 *
 * @see git(1), GIT_REF_PARANOIA
 */
function show(name: string, ref: StoredRef, zero: string, read: ReadRef, objects: PeeledObjects): LooseRef {
  const symbolic = ref.kind === 'symbolic'
  const found: Resolution = isStorableName(name) ? resolveRef(name, ref, read) : { kind: 'broken' }
  if (found.kind === 'value') {
    const target = symbolic ? found.name : null
    return { name, known: { name, oid: found.oid, peeled: objects.peel(found), target } }
  }
  return { name, known: symbolic ? null : { name, oid: zero, peeled: null, target: null } }
}
