/** Does another repository borrow objects from this one? @see gitrepository-layout(5), objects/info/alternates */
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { RepoHandle } from '../../kernel/repository.ts'

/**
 * Looks at every repository: for what is done now and then.
 *
 * @param root of the repositories
 * @throws Error of the file system: who cannot be asked may borrow
 */
export async function isBorrowedFrom(root: string, repo: RepoHandle): Promise<boolean> {
  const lender = await realpath(`${repo.path}/objects`)
  for (const shard of await readdir(root, { withFileTypes: true })) {
    if (!shard.isDirectory()) continue
    for (const name of await readdir(join(root, shard.name))) {
      if ((await lendersOf(join(root, shard.name, name, 'objects'))).includes(lender)) return true
    }
  }
  return false
}

async function lendersOf(objects: string): Promise<string[]> {
  const text = await orIfGone(() => readFile(`${objects}/info/alternates`, 'utf8'), '')
  const paths = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Promise.all(
    paths.map((path) => {
      const lender = resolve(objects, unquoted(path))
      return orIfGone(() => realpath(lender), lender)
    }),
  )
}

/** As C does it, where a name has odd characters. */
function unquoted(path: string): string {
  return path.startsWith('"') ? path.slice(1, -1).replace(/\\(["\\])/g, '$1') : path
}

async function orIfGone<T>(read: () => Promise<T>, gone: T): Promise<T> {
  try {
    return await read()
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return gone
    throw err
  }
}
