/** Everything that revisions reach: files, names, messages and authors of all their commits, and tags. */
import { batchesOf, sizeOf, typesOf } from './objects.ts'
import { recordsOf } from './records.ts'
import type { Git } from './repository.ts'
import type { PathAt, Source } from './source.ts'

export interface HistoryOptions {
  /** As git-rev-list(1) takes them, e.g. `main..topic`; none: all refs and HEAD. */
  readonly revisions: readonly string[]
  /** All refs and HEAD as well. */
  readonly all: boolean
  /** Only what commits since then have brought. */
  readonly since?: string
}

export function historySource(git: Git, options: HistoryOptions): Source {
  const oids = () => recordsOf(walk(git, options, ['--objects', '--no-object-names']), '\n')
  return {
    size: () => sizeOf(git, oids()),
    batches: () => batchesOf(git, oids()),
    types: (found) => typesOf(git, found),
    paths: () => pathsOf(git, options),
  }
}

function walk(git: Git, options: HistoryOptions, args: readonly string[]): AsyncGenerator<Buffer> {
  const { since } = options
  if (since === undefined) return git(['rev-list', ...args, ...selection(options)])
  return git(['rev-list', ...args, '--stdin'], commitsSince(git, options, since))
}

function selection({ revisions, all }: HistoryOptions): readonly string[] {
  return [...(all || revisions.length === 0 ? ['--all'] : []), '--end-of-options', ...revisions, '--']
}

/** Those commits, and without what lay in the ones before them. */
async function* commitsSince(git: Git, options: HistoryOptions, since: string): AsyncGenerator<string> {
  const commits = git(['rev-list', '--boundary', `--since=${since}`, ...selection(options)])
  for await (const lines of recordsOf(commits, '\n'))
    yield lines.map((line) => `${line.replace(/^-/, '^')}\n`).join('')
}

const GITLINK = '160000'
const ZERO = /^0+$/

/**
 * What each commit has changed, parents first. Merges are compared with every parent, so that what was
 * added while merging is found.
 *
 * @see git-diff-tree(1), raw output format
 */
async function* pathsOf(git: Git, options: HistoryOptions): AsyncGenerator<readonly PathAt[]> {
  const commits = walk(git, options, ['--topo-order', '--reverse'])
  const args = ['diff-tree', '--stdin', '-r', '-m', '--root', '-z', '--no-renames']
  let commit: string | null = null
  let row: string | null = null
  for await (const words of recordsOf(git(args, commits), '\0')) {
    const rows: PathAt[] = []
    for (const word of words) {
      if (row !== null) {
        const at = placeOf(row, word, commit)
        if (at !== null) rows.push(at)
        row = null
      } else if (word.startsWith(':')) row = word
      else commit = word.trim()
    }
    yield rows
  }
}

/** @param row e.g. `:000000 100644 <old oid> <new oid> A`. @returns `null`: nothing is there now */
export function placeOf(row: string, path: string, commit: string | null): PathAt | null {
  const [, mode, , oid = ''] = row.split(' ')
  return mode === GITLINK || ZERO.test(oid) ? null : { path, oid, commit }
}
