/** What git has against a name in a tree, and which files it reads because of theirs. */
import { fault, UNUSUAL, type Check, type FileName } from './check.ts'
import type { EntryCursor } from './entry-cursor.ts'
import { entryName } from './entry-name.ts'

const DOT = 0x2e
/** Newer versions of git refuse longer ones. @see git-fsck(1), largePathname */
const MAX_NAME_BYTES = 4096
/** With which the code points begin that HFS+ ignores. */
const FIRST_BYTES_IGNORED_BY_HFS: readonly (number | undefined)[] = [0xe2, 0xef]

export type EntryKind = 'file' | 'link' | 'tree' | 'submodule'

type Name = Pick<EntryCursor, 'nameStart' | 'nameEnd' | 'hasSlash' | 'hasNtfsSign'>

/** @param kind of what it names */
export function judgeName(content: Buffer, name: Name, kind: EntryKind): Check | FileName | null {
  const { nameStart, nameEnd, hasSlash, hasNtfsSign } = name
  if (hasSlash) return fault('fullPathname')
  if (nameEnd - nameStart > MAX_NAME_BYTES) return UNUSUAL
  const first = content[nameStart]
  if (first !== DOT && !hasNtfsSign && !FIRST_BYTES_IGNORED_BY_HFS.includes(first)) return null
  return judge(content.toString('latin1', nameStart, nameEnd), kind)
}

/** @param name bytes as characters */
function judge(name: string, kind: EntryKind): Check | FileName | null {
  if (name === '.') return fault('hasDot')
  if (name === '..') return fault('hasDotdot')
  const taken = entryName(name)
  switch (taken) {
    case '.git':
      return fault('hasDotgit')
    case '.gitmodules':
      if (kind === 'link') return fault('gitmodulesSymlink')
      return kind === 'file' ? taken : UNUSUAL
    case '.gitattributes':
      return kind === 'file' ? taken : UNUSUAL
    case 'no link':
      return kind === 'link' ? UNUSUAL : null
    case 'doubtful':
      return UNUSUAL
    case 'plain':
      return null
  }
}
