/**
 * Connectivity of the common small push, seen without a walk by git: new commits lie loose in the
 * quarantine, one upon the other, and the last of them upon what a ref already points at.
 *
 * That is enough because `unpack-objects --strict` has found every object that the new ones refer
 * to, and because what a repository has is whole: everything in it came through the same door. See
 * decision 5.
 */
import type { Oid } from '../../kernel/ids.ts'
import { readLooseCommit } from './loose-commit.ts'

/** As many as a pack of loose objects can bring. */
const MAX_COMMITS = 100

/**
 * @param directory object directory of a quarantine that holds only loose objects; `null` for none
 * @param known values of refs
 * @returns `false` when git has to look
 */
export async function isSelfEvident(
  directory: string | null,
  tips: readonly Oid[],
  known: ReadonlySet<Oid>,
): Promise<boolean> {
  const seen = new Set<Oid>()
  const left = [...tips]
  for (let oid = left.pop(); oid !== undefined; oid = left.pop()) {
    if (known.has(oid) || seen.has(oid)) continue
    if (directory === null || seen.size === MAX_COMMITS) return false
    seen.add(oid)
    const commit = await readLooseCommit(directory, oid)
    if (commit?.type !== 'commit') return false
    left.push(...commit.parents)
  }
  return true
}
