/** Files that a git which was killed has left among the objects. Pushes make theirs elsewhere, in quarantines. */
import { rm, stat } from 'node:fs/promises'
import type { RepoHandle } from '../../kernel/repository.ts'
import { namesIn } from '../names-in.ts'

const TEMPORARY = /^(?:tmp_|\.tmp-)/
const COMPANION = /^(pack-[0-9a-f]+)\.(?:idx|rev|mtimes|bitmap)$/

/**
 * @param olderThanMs 0: nobody is at work on any
 * @returns how many were removed
 */
export async function sweepTemporaryFiles(repo: RepoHandle, olderThanMs: number): Promise<number> {
  const objects = `${repo.path}/objects`
  const directories = ['pack', 'info', 'info/commit-graphs', ...(await fanOut(objects))]
  let removed = 0
  for (const directory of directories) {
    const names = await namesIn(`${objects}/${directory}`)
    for (const name of names.filter((each) => TEMPORARY.test(each) || isAlone(each, names))) {
      const path = `${objects}/${directory}/${name}`
      // a push may be moving the parts of a pack into place
      if (!(await isOlder(path, TEMPORARY.test(name) ? olderThanMs : DAY_MS))) continue
      await rm(path, { force: true })
      removed++
    }
  }
  return removed
}

export const DAY_MS = 24 * 3600_000

/** Its pack has gone. */
function isAlone(name: string, names: readonly string[]): boolean {
  const pack = COMPANION.exec(name)?.[1]
  return pack !== undefined && !names.includes(`${pack}.pack`)
}

async function fanOut(objects: string): Promise<string[]> {
  return (await namesIn(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name))
}

async function isOlder(path: string, ms: number): Promise<boolean> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs >= ms,
    () => false,
  )
}
