/** The entries of one tree by name, and their bytes in git's order. For editing; reading is objects/tree.ts. */
import type { Oid } from '../../kernel/ids.ts'
import type { TreeEntry } from '../objects/tree.ts'

/** As git writes it into a tree: without a zero in front, and no other bits than these. */
export type EntryMode = '40000' | FileMode
export type FileMode = '100644' | '100755' | '120000' | '160000'

export interface Entry {
  readonly mode: EntryMode
  readonly oid: Oid
}

/** Names are byte strings, one character a byte (latin1): those that are not UTF-8 survive, and compare as git does. */
export type Entries = ReadonlyMap<string, Entry>

export const NO_ENTRIES: Entries = new Map()

export function entriesOf(tree: readonly TreeEntry[]): Entries {
  return new Map(
    tree.map(({ rawName, mode, oid }) => [rawName.toString('latin1'), { mode: canonical(mode), oid }]),
  )
}

/** Old versions of git wrote other permissions. @see git's cache.h, canon_mode */
function canonical(mode: string): EntryMode {
  const bits = Number.parseInt(mode, 8)
  switch (bits >> 12) {
    case 0o10:
      return bits & 0o100 ? '100755' : '100644'
    case 0o12:
      return '120000'
    case 0o04:
      return '40000'
    default:
      return '160000'
  }
}

/** @see git's tree.c, base_name_compare: a directory stands where its name with a slash behind it would */
export function writeTree(entries: Entries): Buffer {
  const sorted = Array.from(entries, ([name, entry]) => ({ key: sortKey(name, entry), name, entry }))
  sorted.sort((a, b) => (a.key < b.key ? -1 : 1))
  const parts = sorted.flatMap(({ name, entry }) => [
    Buffer.from(`${entry.mode} ${name}\0`, 'latin1'),
    Buffer.from(entry.oid, 'hex'),
  ])
  return Buffer.concat(parts)
}

function sortKey(name: string, { mode }: Entry): string {
  return mode === '40000' ? `${name}/` : name
}
