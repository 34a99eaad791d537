/** Which commits did a push bring onto a branch? Told by the event alone where that lists all that came. */
import { checkExit, readAll, type GitReader, type Reader } from '../../git/git-reader.ts'
import type { MovedRef } from '../../kernel/events.ts'
import type { Oid } from '../../kernel/ids.ts'
import { isDelete } from '../../kernel/ref-update.ts'

export type StartGit = Pick<GitReader, 'start'>

/** git's answers where a value is no commit, or not there any more. */
const NO_COMMIT = [128, 129]

/**
 * One git for all of them, however many wait for the branch.
 *
 * @returns none of those that the branch had before: nobody has landed these
 * @throws AppError as `GitReader.start`; `UNAVAILABLE` (too slow)
 */
export async function landedOnes(
  git: StartGit,
  reader: Reader,
  moved: MovedRef,
  wanted: ReadonlySet<Oid>,
): Promise<ReadonlySet<Oid>> {
  if (isDelete(moved)) return new Set()
  const told = [moved.newOid, ...moved.commits.map(({ sha }) => sha)]
  const landed = new Set(told.filter((oid) => wanted.has(oid)))
  if (landed.size === wanted.size || listsAll(moved)) return landed
  const isFound = (oid: Oid) => !wanted.has(oid) || landed.add(oid).size < wanted.size
  await eachGained(git, reader, moved, isFound)
  return landed
}

/** The list of a new branch leaves out what others had; a push of very many refs has no lists. */
function listsAll({ kind, commits, total }: MovedRef): boolean {
  return kind !== 'create' && total > 0 && commits.length === total
}

/** @param take answers `false` when it has enough */
async function eachGained(
  git: StartGit,
  reader: Reader,
  { kind, oldOid, newOid }: MovedRef,
  take: (oid: Oid) => boolean,
): Promise<void> {
  const args = ['rev-list', '--ignore-missing', newOid, ...(kind === 'create' ? [] : [`^${oldOid}`])]
  const listing = await git.start(reader, args)
  let rest = ''
  const isWhole = await readAll(listing, (chunk) => {
    const lines = `${rest}${chunk.toString('latin1')}`.split('\n')
    rest = lines.pop() ?? ''
    return lines.every((line) => take(line as Oid))
  })
  if (isWhole) checkExit(args, await listing.exited, [0, ...NO_COMMIT])
}
