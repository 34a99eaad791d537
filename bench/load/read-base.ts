/** What agents of a session put their commits on: looked up once, by a stock git, on whatever server. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from '../git.ts'
import type { Base } from './commit-line.ts'
import type { LoadTarget } from './targets.ts'

const ENTRY = /^(\d+) \w+ ([0-9a-f]{40})\t([^\0]+)$/

/** @throws Error with git's words when the repository cannot be cloned; one without content is an error, too */
export async function readBase(target: LoadTarget, path: string, scratch: string): Promise<Base> {
  const copy = join(scratch, 'base.git')
  const include = ['-c', `include.path=${target.credential}`]
  await git([...include, 'clone', '-q', '--bare', '--depth', '1', `${target.origin}${path}`, copy])
  const { stdout: commit } = await git(['rev-parse', '--verify', 'HEAD'], { cwd: copy })
  const { stdout: tree } = await git(['ls-tree', '-z', 'HEAD'], { cwd: copy })
  await rm(copy, { recursive: true })
  const entries = tree.split('\0').flatMap((line) => {
    const [, mode, oid, name] = ENTRY.exec(line) ?? []
    if (mode === undefined || oid === undefined || name === undefined) return []
    return [{ mode: mode.replace(/^0/, ''), name, oid }]
  })
  return { commit: commit.trim(), entries }
}
