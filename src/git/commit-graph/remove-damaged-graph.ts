/** A commit-graph that is damaged is removed before git builds on it; the next one is made of the commits again. */
import { rm, stat } from 'node:fs/promises'
import type { RepoHandle } from '../../kernel/repository.ts'
import { namesIn } from '../names-in.ts'
import { conditionInPieces } from './checked-files.ts'
import { graphHeads } from './graph-paths.ts'

/** @throws the error of the file system, but for what is gone by then */
export async function removeDamagedGraph(repo: RepoHandle): Promise<void> {
  for (const file of await graphFiles(repo)) {
    if (await isDamaged(file, repo)) for (const head of graphHeads(repo)) await rm(head, { force: true })
  }
}

async function graphFiles({ path }: RepoHandle): Promise<readonly string[]> {
  const info = `${path}/objects/info`
  const layers = (await namesIn(`${info}/commit-graphs`)).filter((name) => name.endsWith('.graph'))
  return [`${info}/commit-graph`, ...layers.map((name) => `${info}/commit-graphs/${name}`)]
}

async function isDamaged(file: string, { objectFormat }: RepoHandle): Promise<boolean> {
  try {
    const { size } = await stat(file)
    return (await conditionInPieces(file, size, objectFormat)) === 'damaged'
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw err
  }
}
