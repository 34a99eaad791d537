/**
 * What a rule gets to see of an object: a stretch of text around a keyword. Its bounds depend on the content
 * alone, never on the pieces that it came in, and they bound what an expression can cost.
 */
import type { Rule } from '../rule.ts'

/** What is kept before a keyword, bytes. */
export const BEHIND = 2048
/** What must be there behind a keyword before it is looked at, bytes. */
export const AHEAD = 24_576
/** A rule without keywords is tried so often, bytes. */
export const STRIDE = 4096

/** Longest match of a rule that looks at lines; what begins with a keyword may look so far. */
const REACH = 1024
const LONG_LINE = 8192
const LINES_AFTER = 2
const NEAR_BEHIND = 64
const NEWLINE = 0x0a

export interface View {
  readonly from: number
  readonly to: number
  /** Keywords before this one need no view of their own for the same rule. */
  readonly covers: number
}

/** For a rule whose match begins with the keyword at `at`. */
export function viewFrom(bytes: Buffer, at: number, view: Rule['view']): View {
  const to = Math.min(bytes.length, at + (view === 'wide' ? AHEAD : REACH))
  return { from: Math.max(0, at - NEAR_BEHIND), to, covers: at }
}

/** For a rule that looks around the keyword that ends at `at`. */
export function viewAround(bytes: Buffer, at: number, view: Rule['view']): View {
  const first = Math.max(0, at - REACH)
  if (view === 'wide') return { from: first, to: Math.min(bytes.length, at + AHEAD), covers: at + AHEAD / 2 }
  const limit = Math.min(bytes.length, at + LONG_LINE)
  const endOfLine = lineEnd(bytes, at, limit)
  let to = endOfLine
  for (let line = 0; line < LINES_AFTER && to < limit; line++) to = lineEnd(bytes, to, limit)
  const covers = endOfLine < at + LONG_LINE ? endOfLine : at + LONG_LINE - REACH
  return { from: lineStart(bytes, at, first), to, covers }
}

/** For a rule without keywords: the next stretch of an object, and what may begin before it. */
export function viewOfStride(bytes: Buffer, at: number, view: Rule['view']): View {
  const to = at + (view === 'wide' ? AHEAD : STRIDE + REACH)
  return { from: Math.max(0, at - REACH), to: Math.min(bytes.length, to), covers: at }
}

function lineStart(bytes: Buffer, at: number, limit: number): number {
  for (let i = at; i > limit; i--) if (bytes[i - 1] === NEWLINE) return i
  return limit
}

/** Behind the newline, or `limit`. */
function lineEnd(bytes: Buffer, at: number, limit: number): number {
  for (let i = at; i < limit; i++) if (bytes[i] === NEWLINE) return i + 1
  return limit
}
