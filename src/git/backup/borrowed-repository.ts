/**
 * A repository of our own over objects that lie elsewhere. What lies beside them there is not read: a
 * configuration or an index may name programs, and alternates bring objects that are not in the copy.
 */
import { readdir, rm, rmdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createRepository, type NewRepository } from '../storage.ts'
import { LOOSE_DIRECTORY } from './copy-objects.ts'
import { writePackedRefs } from './refs.ts'

/**
 * Dispose to remove it; the objects stay.
 *
 * @param objects absolute path of an object directory
 * @param refs text of its `packed-refs`
 * @throws Error `ENOENT`: there are no objects
 */
export async function openBorrowedRepository(
  repo: NewRepository,
  objects: string,
  refs: string,
): Promise<AsyncDisposable> {
  const { path } = repo
  const lent = (await readdir(objects)).filter((name) => name === 'pack' || LOOSE_DIRECTORY.test(name))
  await createRepository(repo)
  await rmdir(join(path, 'objects', 'pack'))
  for (const name of lent) await symlink(join(objects, name), join(path, 'objects', name))
  await writePackedRefs(repo, refs)
  return { [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
