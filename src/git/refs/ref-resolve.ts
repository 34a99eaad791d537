/** Follows symbolic refs through stored ones. */
import { isStorableName, type StoredRef } from './stored-ref.ts'

export type Resolution =
  /** `name`: where the last step ended. */
  | { readonly kind: 'value'; readonly name: string; readonly oid: string }
  /** All steps are sound, but the last name does not exist. */
  | { readonly kind: 'absent'; readonly name: string }
  | { readonly kind: 'broken' }

/** git reads no more refs than these for one name. @see git's refs.c, SYMREF_MAXDEPTH */
const MAX_READS = 5

/** @param read content of a ref, `undefined` when there is none */
export function resolveRef(
  name: string,
  first: StoredRef,
  read: (name: string) => StoredRef | undefined,
): Resolution {
  let at = name
  let ref: StoredRef | undefined = first
  for (let reads = 1; reads <= MAX_READS; reads++) {
    if (ref === undefined) return { kind: 'absent', name: at }
    if (ref.kind === 'direct') return { kind: 'value', name: at, oid: ref.oid }
    if (ref.kind === 'broken' || !isStorableName(ref.target)) return { kind: 'broken' }
    at = ref.target
    ref = read(at)
  }
  return { kind: 'broken' }
}
