/** Names of entries as keys, and which entries two versions of a directory do not share. */
import type { TreeEntry } from '../objects/tree.ts'

/** The bytes of an entry's name, one character each: two names may show as the same text. */
export type EntryKey = string

export function entryKey({ rawName }: Pick<TreeEntry, 'rawName'>): EntryKey {
  return rawName.toString('latin1')
}

/** Entries of `here` that `there` does not have just the same: content, mode and name. */
export function changedKeys(here: readonly TreeEntry[], there: readonly TreeEntry[]): EntryKey[] {
  const changed: EntryKey[] = []
  let byKey: Map<EntryKey, TreeEntry> | null = null
  here.forEach((entry, index) => {
    const beside = there[index] // the same one, as long as no entry came or went
    const other = beside?.rawName.equals(entry.rawName)
      ? beside
      : (byKey ??= new Map(there.map((its) => [entryKey(its), its]))).get(entryKey(entry))
    if (other?.oid !== entry.oid || other.mode !== entry.mode) changed.push(entryKey(entry))
  })
  return changed
}
