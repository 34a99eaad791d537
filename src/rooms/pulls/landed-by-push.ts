/** Did a push bring a commit onto a branch? Told by the event alone where that lists all that came. */
import type { Reader } from '../../git/git-reader.ts'
import type { MovedRef } from '../../kernel/events.ts'
import type { Oid } from '../../kernel/ids.ts'
import { isDelete } from '../../kernel/ref-update.ts'
import { isContained, type RunGit } from './is-contained.ts'

/** @returns `false` also for what the branch had before: nobody has landed that */
export async function hasLanded(git: RunGit, reader: Reader, moved: MovedRef, oid: Oid): Promise<boolean> {
  if (isDelete(moved)) return false
  if (moved.newOid === oid || moved.commits.some((commit) => commit.sha === oid)) return true
  if (listsAll(moved)) return false
  if (!(await isContained(git, reader, oid, moved.newOid))) return false
  return moved.kind === 'create' || !(await isContained(git, reader, oid, moved.oldOid))
}

/** The list of a new branch leaves out what others had; a push of very many refs has no lists. */
function listsAll({ kind, commits, total }: MovedRef): boolean {
  return kind !== 'create' && total > 0 && commits.length === total
}
