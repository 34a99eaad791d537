/** Asks git about history that a repository has, in a process of its own and within limits. */
import type { RepoHandle } from '../../kernel/repository.ts'
import type { GitSpec, Launcher } from '../launcher/launcher.ts'

export interface HistoryParts {
  readonly launcher: Pick<Launcher, 'run'>
}

const LIMITS = {
  wallMs: 60_000,
  cpuSeconds: 60,
  memoryBytes: 1024 ** 3,
} satisfies Partial<GitSpec>

/**
 * @param args ids only, never names
 * @returns lines of its output
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function historyLines(
  { launcher }: HistoryParts,
  repo: RepoHandle,
  args: readonly string[],
  okCodes: readonly number[] = [0],
): Promise<readonly string[]> {
  const spec = { cwd: repo.path, args, env: { GIT_DIR: repo.path }, ...LIMITS }
  const { stdout } = await launcher.run(spec, { okCodes })
  return stdout.toString().split('\n').slice(0, -1)
}
