/** Does one commit have another in its history? */
import type { GitReader, Reader } from '../../git/git-reader.ts'
import type { Oid } from '../../kernel/ids.ts'

export type RunGit = Pick<GitReader, 'run'>

/** git's answer to an id that is no commit, or not there any more. */
const NO_COMMIT = 128

/**
 * @returns `false` also when one of them is not there
 * @throws AppError as `GitReader.run`
 */
export async function isContained(git: RunGit, reader: Reader, oid: Oid, tip: Oid): Promise<boolean> {
  if (oid === tip) return true
  const args = ['rev-list', '--count', '--max-count=1', oid, `^${tip}`]
  const left = await git.run(reader, args, { okCodes: [0, NO_COMMIT] })
  return left.toString().trim() === '0'
}
