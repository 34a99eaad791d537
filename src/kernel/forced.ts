/** Does an update lose history? Asked before a ref moves; what the event tells afterwards is another matter. */
import type { ObjectReader } from './ports.ts'
import { isCreate, isDelete, type RefUpdate } from './ref-update.ts'

/**
 * Fails closed: what is not known to be a fast-forward is forced. A tag that exists is never moved
 * without force, wherever it goes.
 *
 * @param objects of the repository, and the new ones of the update
 * @throws AppError `GIT_FAILED`
 * @see git-push(1), "refs/tags"
 */
export async function isForced(
  objects: Pick<ObjectReader, 'isAncestor'>,
  update: RefUpdate,
): Promise<boolean> {
  const { ref, oldOid, newOid } = update
  if (isCreate(update) || isDelete(update)) return false
  if (ref.startsWith('refs/tags/')) return true
  return !(await objects.isAncestor(oldOid, newOid))
}
