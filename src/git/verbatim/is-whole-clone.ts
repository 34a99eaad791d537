/** Does a fetch get exactly what is in one pack, and nothing else? */
import type { FetchArguments, FetchFlag } from '../wire/fetch-arguments.ts'
import type { ClonePack } from './clone-pack.ts'

/** Those that change nothing about the objects of a full clone, or its form. */
const NEUTRAL: ReadonlySet<FetchFlag> = new Set([
  'thin-pack',
  'no-progress',
  'include-tag',
  'ofs-delta',
  'sideband-all',
  'wait-for-done',
  'done',
])

/** Of a client that has nothing, negotiates nothing, wants whole histories and reads deltas as packs have them. */
export function asksForWhole({
  haves,
  shallow,
  deepen,
  deepenSince,
  filter,
  flags,
}: FetchArguments): boolean {
  const hasNothing = haves.length === 0 && shallow.length === 0
  const limitsNothing = deepen === null && deepenSince === null && filter === null
  const isUsual = flags.has('done') && flags.has('ofs-delta') && [...flags].every((flag) => NEUTRAL.has(flag))
  return hasNothing && limitsNothing && isUsual
}

/**
 * What is wanted leads to every commit of the pack, so to all but tags; and a tag is either wanted or added by
 * `include-tag`, which adds exactly those of the pack as long as the tags of the repository are the same.
 *
 * @param tagsDigest of the refs as they are now
 */
export function isWholeClone(
  pack: ClonePack,
  { wants, flags }: Pick<FetchArguments, 'wants' | 'flags'>,
  tagsDigest: string,
): boolean {
  const wanted = new Set(wants)
  if (!wants.every((oid) => pack.tips.has(oid)) || !pack.required.every((oid) => wanted.has(oid)))
    return false
  return flags.has('include-tag') ? tagsDigest === pack.tagsDigest : pack.tags.every((oid) => wanted.has(oid))
}
