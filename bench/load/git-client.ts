/** A stock git as the client: what its user waits for, and mostly what it does itself. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { git, gitBytes } from '../git.ts'
import type { MadeCommit } from './commit-line.ts'
import { failedGit } from './failure.ts'
import type { AgentPlace, LoadClient } from './load-client.ts'

/**
 * @param credential a file of git's configuration, so that the credential is in no argument and no variable
 * @param directory of the agent alone; removed at the end
 */
export async function openGitClient(
  origin: string,
  credential: string,
  { path }: AgentPlace,
  directory: string,
): Promise<LoadClient> {
  const repository = join(directory, 'repository.git')
  const url = `${origin}${path}`
  const asClient = ['-c', `include.path=${credential}`]
  const run = async (args: readonly string[], cwd: string) => {
    const { code, stderr } = await git([...asClient, ...args], { cwd, mayFail: true })
    if (code !== 0) throw failedGit(stderr)
  }
  const push = (refspec: string) => run(['push', '-q', '--force', url, refspec], repository)
  await mkdir(directory, { recursive: true })
  await git(['init', '-q', '--bare', repository])
  return {
    prepare: ({ pack }: MadeCommit) => unpack(repository, pack),
    push: (ref, { oid }) => push(`${oid}:${ref}`),
    remove: (ref) => push(`:${ref}`),
    clone: async () => {
      await rm(repository, { recursive: true })
      await run(['clone', '-q', '--bare', '--depth', '1', url, repository], directory)
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

async function unpack(repository: string, pack: Buffer): Promise<void> {
  await gitBytes(['unpack-objects', '-q'], { cwd: repository, input: Readable.from([pack]) })
}
