/** Asks git whether a repository that nobody uses is whole. @see git-fsck(1) */
import { AppError } from '../../kernel/errors.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Launcher } from '../launcher/launcher.ts'

/** `content`: reads every byte of every object; `reachable`: only looks whether all that is named is there. */
export type CheckDepth = 'content' | 'reachable'

const ARGS = ['fsck', '--no-dangling', '--no-progress', '--no-reflogs']
const DEPTH: Readonly<Record<CheckDepth, string>> = { content: '--full', reachable: '--connectivity-only' }

/** @throws AppError `LAUNCHER_LOST`; the reason of `signal` */
export async function isWhole(
  launcher: Pick<Launcher, 'run'>,
  repo: RepoHandle,
  depth: CheckDepth,
  signal?: AbortSignal,
): Promise<boolean> {
  const spec = { cwd: repo.path, args: [...ARGS, DEPTH[depth]], env: { GIT_DIR: repo.path } }
  try {
    await launcher.run(spec, signal ? { signal } : {})
    return true
  } catch (err) {
    if (err instanceof AppError && err.code === 'GIT_FAILED') return false
    throw err
  }
}
