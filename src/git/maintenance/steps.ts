/** What git is told to do for a repository, step by step. Each may end anywhere and be run again. */
import type { Step } from './caps.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** @see git-pack-refs(1) */
export const PACK_REFS: Step = {
  name: 'pack refs',
  args: ['pack-refs', '--all', '--prune'],
  wallMs: 10 * MINUTE_MS,
}

/**
 * Loose objects and the smallest packs become one pack, so that there are few, and what is large is rarely
 * written again. Takes also what no ref reaches: nothing is lost here. @see git-repack(1), --geometric
 */
export const REPACK_NEW: Step = {
  name: 'repack what is new',
  args: ['repack', '--geometric=2', '-d', '-l', '-q', '-n', '--write-midx'],
  wallMs: HOUR_MS,
}

/** @see git-commit-graph(1) */
export const COMMIT_GRAPH: Step = {
  name: 'write the commit-graph',
  args: ['commit-graph', 'write', '--reachable', '--split', '--changed-paths', '--no-progress'],
  wallMs: HOUR_MS,
}

/** Anew, so that it names nothing that is about to go: git takes a commit in it for present. */
export const COMMIT_GRAPH_ANEW: Step = {
  ...COMMIT_GRAPH,
  name: 'write the commit-graph anew',
  args: [...COMMIT_GRAPH.args.filter((word) => word !== '--split'), '--split=replace'],
}

/** @see git-multi-pack-index(1) */
export const BITMAP: Step = {
  name: 'write the bitmap',
  args: ['multi-pack-index', 'write', '--bitmap', '--no-progress'],
  wallMs: HOUR_MS,
}

/**
 * Everything into one pack, and what no ref reaches into another one, without what has lain there too long.
 *
 * @param expiry as `--cruft-expiration` takes it
 * @param expireTo path of the pack that holds what is dropped, without its ending
 * @see git-repack(1), --cruft
 */
export function repackWhole(expiry: string, expireTo: string): Step {
  const cruft = ['--cruft', `--cruft-expiration=${expiry}`, `--expire-to=${expireTo}`]
  return {
    name: 'repack the whole',
    args: ['repack', ...cruft, '-d', '-l', '-q', '-n', '--write-midx'],
    wallMs: 6 * HOUR_MS,
  }
}

/** Everything that the refs reach is there. @see git-rev-list(1) */
export const CHECK_WHOLE: Step = {
  name: 'check that the repository is whole',
  args: ['rev-list', '--objects', '--all', '--quiet'],
  wallMs: 6 * HOUR_MS,
}
