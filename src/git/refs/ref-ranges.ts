/**
 * Ranges of ref names in byte order: what a set of prefixes asks for, less what is hidden. Names are
 * byte strings (one character a byte), so that comparing them compares bytes.
 */

export interface NameRange {
  readonly start: string
  /** Not included; `null`: to the end. */
  readonly end: string | null
}

/** Which refs of a repository one caller is told of. Prefixes are text, matched as UTF-8. */
export interface RefSelection {
  /** None means all. A prefix need not end at a slash. */
  readonly prefixes: readonly string[]
  /** Prefixes of refs that do not exist for this caller. */
  readonly hidden: readonly string[]
  /** Only names that come behind this one. */
  readonly after?: string
}

/** Ascending and apart from each other. */
export function rangesOf({ prefixes, hidden, after }: RefSelection): NameRange[] {
  const wanted = prefixes.length === 0 ? [''] : normalPrefixes(prefixes)
  const holes = normalPrefixes(hidden).map(rangeOf)
  if (after !== undefined) holes.push({ start: '', end: `${byteString(after)}\0` })
  return holes.reduce((ranges, hole) => ranges.flatMap((range) => subtract(range, hole)), wanted.map(rangeOf))
}

/** Sorted byte strings, without those that another one covers. */
export function normalPrefixes(prefixes: readonly string[]): string[] {
  const sorted = prefixes.map(byteString).sort(byBytes)
  const kept: string[] = []
  for (const prefix of sorted) {
    const last = kept.at(-1)
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix)
  }
  return kept
}

export function byteString(text: string): string {
  return Buffer.from(text).toString('latin1')
}

export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function rangeOf(prefix: string): NameRange {
  return { start: prefix, end: successor(prefix) }
}

/** The least name that is greater than all that start with `prefix`. */
function successor(prefix: string): string | null {
  const last = prefix.length - 1
  if (last < 0) return null
  const byte = prefix.charCodeAt(last)
  const before = prefix.slice(0, last)
  return byte === 0xff ? successor(before) : before + String.fromCharCode(byte + 1)
}

function subtract(range: NameRange, hole: NameRange): NameRange[] {
  const left = { start: range.start, end: least(range.end, hole.start) }
  const right = hole.end === null ? null : { start: greatest(range.start, hole.end), end: range.end }
  return [left, right].filter((part): part is NameRange => part !== null && !isEmpty(part))
}

function isEmpty({ start, end }: NameRange): boolean {
  return end !== null && start >= end
}

function least(end: string | null, name: string): string {
  return end === null || name < end ? name : end
}

function greatest(a: string, b: string): string {
  return a > b ? a : b
}
