/** The content of one ref file: an object id, or the name of another ref. @see gitrepository-layout(5), refs and HEAD */

/**
 * Names are byte strings: one character a byte (latin1), so that names which are not UTF-8 survive
 * and compare as git compares them.
 */
export type StoredRef =
  | { readonly kind: 'direct'; readonly oid: string }
  | { readonly kind: 'symbolic'; readonly target: string }
  /** There, but not readable as a ref. */
  | { readonly kind: 'broken' }

const BROKEN: StoredRef = { kind: 'broken' }
const SYMBOLIC = 'ref:'
const ZERO = /^0+$/
const FORBIDDEN_IN_NAME = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|\.$|\/$/

/** @param text the file as a byte string */
export function parseStoredRef(text: string, hexLength: number): StoredRef {
  if (text.startsWith(SYMBOLIC)) return { kind: 'symbolic', target: text.slice(SYMBOLIC.length).trim() }
  const oid = text.slice(0, hexLength)
  const isHex = oid.length === hexLength && /^[0-9a-fA-F]+$/.test(oid)
  const ends = text.length === hexLength || /\s/.test(text.charAt(hexLength))
  return isHex && ends && !ZERO.test(oid) ? { kind: 'direct', oid: oid.toLowerCase() } : BROKEN
}

export function isSameStoredRef(a: StoredRef, b: StoredRef | undefined): boolean {
  if (a.kind === 'direct') return b?.kind === 'direct' && a.oid === b.oid
  if (a.kind === 'symbolic') return b?.kind === 'symbolic' && a.target === b.target
  return b?.kind === 'broken'
}

/** As git decides for names in bytes; `isRefName` of the kernel is for names from clients. @see git-check-ref-format(1) */
export function isStorableName(name: string): boolean {
  return name.startsWith('refs/') && !FORBIDDEN_IN_NAME.test(name)
}
