/** Names of entries as keys, and which entries two versions of a directory do not share. */
import type { TreeEntry } from '../objects/tree.ts'

/** The bytes of an entry's name, one character each: two names may show as the same text. */
export type EntryKey = string
/** The bytes of a path from the root, one character each; empty for the root. */
export type PathKey = string

export function entryKey({ rawName }: Pick<TreeEntry, 'rawName'>): EntryKey {
  return rawName.toString('latin1')
}

/** @param names as they show, plain ones */
export function directoryKey(names: readonly string[]): PathKey {
  return Buffer.from(names.join('/')).toString('latin1')
}

/** Does each name show as itself? What is not UTF-8 shows as something else, and two may show as the same. */
export function isPlain(names: readonly string[]): boolean {
  return !names.some((name) => name.includes('\ufffd'))
}

export function pathBelow(directory: PathKey, entry: EntryKey): PathKey {
  return directory === '' ? entry : `${directory}/${entry}`
}

/** @param path not empty */
export function splitPath(path: PathKey): readonly [directory: PathKey, entry: EntryKey] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)]
}

/** Entries of `here` that `there` does not have just the same: content, mode and name. */
export function changedKeys(here: readonly TreeEntry[], there: readonly TreeEntry[]): EntryKey[] {
  return changedEntries(here, there).map(({ entry }) => entryKey(entry))
}

export interface ChangedEntry {
  readonly entry: TreeEntry
  /** What bears its name there. */
  readonly other: TreeEntry | null
}

/** The same with what stands in their places. */
export function changedEntries(here: readonly TreeEntry[], there: readonly TreeEntry[]): ChangedEntry[] {
  const changed: ChangedEntry[] = []
  let byKey: Map<EntryKey, TreeEntry> | null = null
  here.forEach((entry, index) => {
    const beside = there[index] // the same one, as long as no entry came or went
    const other = beside?.rawName.equals(entry.rawName)
      ? beside
      : (byKey ??= new Map(there.map((its) => [entryKey(its), its]))).get(entryKey(entry))
    if (other?.oid !== entry.oid || other.mode !== entry.mode) changed.push({ entry, other: other ?? null })
  })
  return changed
}
