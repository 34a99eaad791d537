/** Asks git about history that a repository has, in a process of its own and within limits. */
import type { RepoHandle } from '../../kernel/repository.ts'
import { checkExit, readAll } from '../git-reader.ts'
import type { GitSpec, Launcher } from '../launcher/launcher.ts'

export interface HistoryParts {
  readonly launcher: Pick<Launcher, 'ready' | 'start'>
}

const LIMITS = {
  wallMs: 60_000,
  cpuSeconds: 60,
  memoryBytes: 1024 ** 3,
} satisfies Partial<GitSpec>

/**
 * @param args ids only, never names
 * @returns lines of its output
 * @throws AppError `UNAVAILABLE` (too slow), `UNPROCESSABLE` (too much memory), `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function historyLines(
  { launcher }: HistoryParts,
  repo: RepoHandle,
  args: readonly string[],
  okCodes: readonly number[] = [0],
): Promise<readonly string[]> {
  await launcher.ready()
  const git = launcher.start({ cwd: repo.path, args, env: { GIT_DIR: repo.path }, ...LIMITS })
  git.stdin.on('error', () => {}) // git may end first; `exited` tells
  git.stdin.end()
  const chunks: Buffer[] = []
  await readAll(git, (chunk) => chunks.push(chunk) > 0)
  checkExit(args, await git.exited, okCodes)
  return Buffer.concat(chunks).toString().split('\n').slice(0, -1)
}
