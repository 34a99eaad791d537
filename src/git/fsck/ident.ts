/** `Name <mail> seconds zone` in the header of a commit or a tag. @see git's fsck.c, fsck_ident */
import { fault, UNUSUAL, type Check } from './check.ts'

const ZONE = /^[+-][0-9]{4}$/
/** What a C library's number parser passes over, where git's newer one may not. */
const ODD_BEFORE_DATE = /[\s+-]/
const DIGITS_OF_MAX = 19
const MAX_SECONDS = 2n ** 63n

/**
 * @param line without the word before it and the line feed behind it
 * @returns what is wrong with it, or `null`
 */
export function identProblem(line: string): Check | null {
  const open = line.indexOf('<')
  if (open === 0) return fault('missingNameBeforeEmail')
  const stray = line.indexOf('>')
  if (stray >= 0 && (open < 0 || stray < open)) return fault('badName')
  if (open < 0) return fault('missingEmail')
  if (line[open - 1] !== ' ') return fault('missingSpaceBeforeEmail')
  const next = line.indexOf('<', open + 1)
  if (stray < 0 || (next >= 0 && next < stray)) return fault('badEmail')
  return timeProblem(line.slice(stray + 1))
}

/** @param text ` seconds zone` */
function timeProblem(text: string): Check | null {
  if (text[0] !== ' ') return UNUSUAL // missingSpaceBeforeDate, which is tolerated
  const first = text[1] ?? '\n'
  if (ODD_BEFORE_DATE.test(first)) return UNUSUAL
  if (first === '0' && text[2] !== ' ') return fault('zeroPaddedDate')
  let end = 1
  while (isDigit(text.charCodeAt(end))) end++
  if (end === 1) return fault('badDate')
  if (isTooLate(text, end)) return fault('badDateOverflow')
  if (text[end] !== ' ') return fault('badDate')
  return ZONE.test(text.slice(end + 1)) ? null : UNUSUAL // badTimezone, which is tolerated
}

function isTooLate(text: string, end: number): boolean {
  const digits = end - 1
  if (digits < DIGITS_OF_MAX) return false
  return digits > DIGITS_OF_MAX || BigInt(text.slice(1, end)) >= MAX_SECONDS
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
