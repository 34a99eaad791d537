/** Many refs on a short history. */
import { git } from '../git.ts'

/** Spread over the history, in packed-refs, as a repository is that is cared for. */
export async function addBranches(repository: string, count: number): Promise<void> {
  const { stdout } = await git(['rev-list', 'main'], { cwd: repository })
  const commits = stdout.trim().split('\n')
  const branches = Array.from(
    { length: count - 1 },
    (_, at) => `create refs/heads/topic-${at} ${commits[at % commits.length] ?? ''}\n`,
  )
  await git(['update-ref', '--stdin'], { cwd: repository, input: branches.join('') })
  await git(['pack-refs', '--all'], { cwd: repository })
}
