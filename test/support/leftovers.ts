/** What a push that failed, or a crash, may have left on disk. */
import { join } from 'node:path'
import { pathsBelow } from './paths-below.ts'

const LOCK_OR_TEMPORARY = /\.lock$|\/packed-refs\.new$|\/tmp_[^/]*$|\/(?:incoming|quarantine)-[^/]*$/
const QUARANTINE = /^\.incoming\/[^/]+\/(\d+(\.pack-[^/]+)?$|shelf\/..\/)/

/**
 * @param root of the repositories
 * @returns paths below it of quarantines, lock files and temporary files
 */
export async function leftovers(root: string): Promise<string[]> {
  const all = await pathsBelow(root)
  return all.filter((path) => QUARANTINE.test(path) || isLeftover(path)).sort()
}

function isLeftover(path: string): boolean {
  return !path.startsWith('.incoming/') && LOCK_OR_TEMPORARY.test(path)
}

export function repositoriesOf(dir: string): string {
  return join(dir, 'data', 'repositories')
}
