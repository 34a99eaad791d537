/** Many refs on a short history. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from '../git.ts'

const HEADER = '# pack-refs with: peeled fully-peeled sorted \n'

/**
 * Spread over the history, all in packed-refs, as a repository is that is cared for. The file is written
 * as `git pack-refs --all` would: by way of git each of 100,000 refs would be a file first.
 *
 * @param repository without tags, whose lines would need a second one
 * @see gitrepository-layout(5), "packed-refs"
 */
export async function addBranches(repository: string, count: number): Promise<void> {
  const { stdout } = await git(['rev-list', 'main'], { cwd: repository })
  const commits = stdout.trim().split('\n')
  const lines = Array.from({ length: count - 1 }, (_, at) => {
    return `${commits[at % commits.length] ?? ''} refs/heads/topic-${at}\n`
  })
  const main = `${commits[0] ?? ''} refs/heads/main\n`
  const byName = [main, ...lines].toSorted((a, b) => (nameIn(a) < nameIn(b) ? -1 : 1))
  await writeFile(join(repository, 'packed-refs'), HEADER + byName.join(''))
  await git(['rev-parse', '--verify', '-q', `topic-${count - 2}`], { cwd: repository })
}

function nameIn(line: string): string {
  return line.slice(line.indexOf(' ') + 1)
}
