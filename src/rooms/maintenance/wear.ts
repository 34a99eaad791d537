/** What a push leaves behind in a repository, in points, and how soon it should be looked after for that. */
import type { PushData } from '../../kernel/events.ts'
import type { Added } from '../../store/upkeep-counts.ts'

/** A commit of many is in a pack of its own anyway. */
const COMMITS_A_POINT = 50
/** So many points make it slower than it need be: loose objects to look through, packs, refs in files. */
const WORN = 100

/** A point for each ref, which is a file, and the objects of a small push; more for long histories. */
export function wearOf({ refs }: PushData): Required<Pick<Added, 'wear' | 'dropped'>> {
  const points = refs.map(({ total }) => 1 + Math.floor(total / COMMITS_A_POINT))
  return {
    wear: points.reduce((sum, each) => sum + each, 0),
    dropped: refs.filter(({ kind }) => kind === 'delete' || kind === 'force').length,
  }
}

/** 0: nothing to do; 1: later; 2: soon; from 3 on ten times as much each, before others. */
export function levelOf(wear: number): number {
  if (wear <= 0) return 0
  return wear < WORN ? 1 : 2 + Math.floor(Math.log10(wear / WORN))
}
