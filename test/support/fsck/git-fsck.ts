/** What `git fsck --strict` has to say of each object. */
import type { HashedObject } from '../../../src/git/quarantine/hashed-object.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import { openScratch } from './git-of.ts'

const MESSAGE = /^(?:error|warning) in (\w+) ([0-9a-f]+): (\w+): /
const UNREADABLE = /^error: ([0-9a-f]{40,}): /
/** Message ids by object id; `unreadable` for what is no such object at all. Nothing of what is missing. */
export type Named = ReadonlyMap<string, ReadonlySet<string>>

/**
 * @param git directory of the one to ask; `null`: that of `PATH`
 * @throws Error when git gives up
 */
export async function askFsck(
  objects: readonly HashedObject[],
  format: ObjectFormat,
  git: string | null,
): Promise<Named> {
  await using scratch = await openScratch(format, git)
  await scratch.add(objects)
  const { stderr } = await scratch.run(['fsck', '--strict', '--no-dangling', '--no-progress'])
  const named = new Map<string, Set<string>>()
  for (const line of stderr.split('\n')) {
    if (line.startsWith('fatal:')) throw new Error(line)
    const [, , oid = UNREADABLE.exec(line)?.[1], id = 'unreadable'] = MESSAGE.exec(line) ?? []
    if (oid === undefined) continue
    const ids = named.get(oid) ?? new Set()
    named.set(oid, ids.add(id))
  }
  return named
}
