/** How many objects a repository has and what they take on disk. */
import { stat } from 'node:fs/promises'
import type { GitReader, Reader } from './git-reader.ts'

export interface ObjectCounts {
  /** Is there git data at all? */
  readonly storageExists: boolean
  /** Loose ones and those in packs; what is in both counts twice. */
  readonly objectCount: number
  readonly sizeBytes: number
}

const NONE: ObjectCounts = { storageExists: false, objectCount: 0, sizeBytes: 0 }

/**
 * @throws as `GitReader.run`
 * @see git-count-objects(1): sizes are in KiB
 */
export async function countObjects(git: Pick<GitReader, 'run'>, reader: Reader): Promise<ObjectCounts> {
  if (!(await exists(reader.repo.path))) return NONE
  const report = (await git.run(reader, ['count-objects', '-v'])).toString()
  const figure = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(report)?.[1] ?? 0)
  return {
    storageExists: true,
    objectCount: figure('count') + figure('in-pack'),
    sizeBytes: (figure('size') + figure('size-pack')) * 1024,
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
