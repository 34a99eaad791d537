/** What the objects of a repository take on disk. Borrowed ones are not its own. */
import { readdir, stat } from 'node:fs/promises'
import type { RepoHandle } from '../../kernel/repository.ts'
import { filesBelow } from './file-walk.ts'

/** Bytes of all files below objects/. */
export async function sizeOnDisk(repo: RepoHandle): Promise<number> {
  let bytes = 0
  for await (const path of filesBelow(`${repo.path}/objects`)) bytes += await sizeOf(path)
  return bytes
}

export async function hasPacks(repo: RepoHandle): Promise<boolean> {
  const names = await readdir(`${repo.path}/objects/pack`).catch(() => [])
  return names.some((name) => name.endsWith('.idx'))
}

/** A push, or another step, may have taken it away meanwhile. */
function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}
