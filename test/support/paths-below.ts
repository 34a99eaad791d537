/** What lies below a directory in which a server is at work: what goes meanwhile is passed over, as readdir does not. */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** @returns paths of files and directories, relative to `directory` */
export async function pathsBelow(directory: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(directory, below), { withFileTypes: true }).catch(unlessGone)
  const paths = entries.map(async (entry) => {
    const path = join(below, entry.name)
    return entry.isDirectory() ? [path, ...(await pathsBelow(directory, path))] : [path]
  })
  return (await Promise.all(paths)).flat()
}

function unlessGone(err: NodeJS.ErrnoException): Dirent[] {
  if (err.code !== 'ENOENT') throw err
  return []
}
