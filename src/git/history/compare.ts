/** Two commits against each other: where they parted, and how far each has gone since. */
import type { Oid } from '../../kernel/ids.ts'
import type { GitReader, Reader } from '../git-reader.ts'
import type { DiffRange } from './diffs.ts'
import { emptyTree } from './empty-tree.ts'

export interface Comparison {
  /** The best one; `null` when the histories have nothing in common. @see git-merge-base(1) */
  readonly mergeBase: Oid | null
  /** Commits of head that base has not. */
  readonly ahead: number
  readonly behind: number
}

/** @throws AppError as `GitReader.run` */
export async function compare(
  git: Pick<GitReader, 'run'>,
  reader: Reader,
  base: Oid,
  head: Oid,
): Promise<Comparison> {
  const [mergeBase, [behind, ahead]] = await Promise.all([
    mergeBaseOf(git, reader, base, head),
    countSides(git, reader, base, head),
  ])
  return { mergeBase, ahead, behind }
}

export async function mergeBaseOf(
  git: Pick<GitReader, 'run'>,
  reader: Reader,
  base: Oid,
  head: Oid,
): Promise<Oid | null> {
  if (base === head) return head
  const out = await git.run(reader, ['merge-base', base, head], { okCodes: [0, 1] })
  return (out.toString('latin1').split('\n', 1)[0] as Oid) || null
}

/**
 * What head has changed since it parted from base (three dots). Histories without a common commit have the
 * empty tree in common, as for a merge of them: then all of head is new.
 *
 * @see git-diff(1), `git diff A...B`
 */
export function changesSince(reader: Reader, mergeBase: Oid | null, head: Oid): DiffRange {
  return { from: mergeBase ?? emptyTree(reader.repo.objectFormat), to: head }
}

async function countSides(
  git: Pick<GitReader, 'run'>,
  reader: Reader,
  base: Oid,
  head: Oid,
): Promise<[behind: number, ahead: number]> {
  const out = await git.run(reader, ['rev-list', '--left-right', '--count', `${base}...${head}`])
  const [behind = 0, ahead = 0] = out.toString('latin1').trim().split('\t').map(Number)
  return [behind, ahead]
}
