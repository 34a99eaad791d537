/** What git has against a name in a tree. */
import { fault, UNUSUAL, type Check } from './check.ts'
import type { EntryCursor } from './entry-cursor.ts'
import { entryName } from './entry-name.ts'

const DOT = 0x2e
/** Newer versions of git refuse longer ones. @see git-fsck(1), largePathname */
const MAX_NAME_BYTES = 4096
/** With which the code points begin that HFS+ ignores. */
const FIRST_BYTES_IGNORED_BY_HFS: readonly (number | undefined)[] = [0xe2, 0xef]

type Name = Pick<EntryCursor, 'nameStart' | 'nameEnd' | 'hasSlash' | 'hasNtfsSign'>

/** @param isLink the entry is a symbolic link */
export function nameProblem(content: Buffer, name: Name, isLink: boolean): Check | null {
  const { nameStart, nameEnd, hasSlash, hasNtfsSign } = name
  if (hasSlash) return fault('fullPathname')
  if (nameEnd - nameStart > MAX_NAME_BYTES) return UNUSUAL
  const first = content[nameStart]
  if (first !== DOT && !hasNtfsSign && !FIRST_BYTES_IGNORED_BY_HFS.includes(first)) return null
  return problemOf(content.toString('latin1', nameStart, nameEnd), isLink)
}

/** @param name bytes as characters */
function problemOf(name: string, isLink: boolean): Check | null {
  if (name === '.') return fault('hasDot')
  if (name === '..') return fault('hasDotdot')
  switch (entryName(name)) {
    case 'repository':
      return fault('hasDotgit')
    case 'submodules':
      return isLink ? fault('gitmodulesSymlink') : UNUSUAL
    case 'no link':
      return isLink ? UNUSUAL : null
    case 'read':
    case 'doubtful':
      return UNUSUAL
    case 'plain':
      return null
  }
}
