/** git that looks after a repository: behind everything else, within fixed memory and time. */
import { AppError } from '../../kernel/errors.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { GitResult, GitSpec, Launcher, RunOptions } from '../launcher/launcher.ts'

export interface MaintenanceGit {
  readonly launcher: Pick<Launcher, 'run'>
  /** Address space of each git process. */
  readonly memoryBytes: number
}

export interface Step {
  /** Shown to administrators when it fails. */
  readonly name: string
  /** Without `git`. */
  readonly args: readonly string[]
  /** What it reads from its standard input. */
  readonly input?: string
  readonly wallMs: number
}

/** @see nice(1) */
const NICENESS = 10

/** Behind the settings of every git, so that these win. @see git-config(1) */
const SETTINGS = [
  ['pack.threads', '1'],
  ['pack.windowMemory', '64m'],
  ['pack.deltaCacheSize', '32m'],
  ['core.deltaBaseCacheLimit', '32m'],
  // larger blobs are copied and not compared
  ['core.bigFileThreshold', '16m'],
  // what replaces a file is on disk before the file goes
  ['core.fsync', 'all'],
  // a push that deletes refs holds it for a moment
  ['core.packedRefsTimeout', '10000'],
  // bitmaps are a step of their own, for those who are cloned
  ['repack.writeBitmaps', 'false'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`])

/** @throws AppError `GIT_FAILED` that names the step; `LAUNCHER_LOST`; the reason of the signal */
export async function runStep(
  git: MaintenanceGit,
  repo: RepoHandle,
  { name, args, input = '', wallMs }: Step,
  signal: AbortSignal,
): Promise<void> {
  try {
    await askGit(git, repo, { args, wallMs }, { input, signal })
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'GIT_FAILED')) throw err
    throw new AppError('GIT_FAILED', { details: { reason: `maintenance ended at: ${name}` }, cause: err })
  }
}

/** Under the same caps, for what it answers. @throws as `Launcher.run` */
export function askGit(
  { launcher, memoryBytes }: MaintenanceGit,
  repo: RepoHandle,
  { args, wallMs, env }: Pick<GitSpec, 'args' | 'env'> & { readonly wallMs: number },
  opts: RunOptions,
): Promise<GitResult> {
  const limits = { memoryBytes, niceness: NICENESS, wallMs }
  const spec = { cwd: repo.path, env: { GIT_DIR: repo.path, ...env }, ...limits }
  return launcher.run({ ...spec, args: [...SETTINGS, ...args] }, opts)
}
