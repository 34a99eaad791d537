/** Is all that the new tips refer to, down to what the repository has, really there? @see git's connected.c */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { CurrentRefs } from '../refs/current-refs.ts'
import { knownTips } from './known-tips.ts'
import type { GitProcess } from '../launcher/git-process.ts'
import type { Launcher } from '../launcher/launcher.ts'

const WALL_MS = 30 * 60_000

export interface ConnectivityParts {
  readonly launcher: Launcher
  readonly refs: CurrentRefs
}

/**
 * @param env view of the new objects
 * @throws AppError `PACK_REJECTED` with `details.missing`
 */
export async function checkConnectivity(
  { launcher, refs }: ConnectivityParts,
  repo: RepoHandle,
  env: Readonly<Record<string, string>>,
  tips: readonly Oid[],
  olds: readonly Oid[],
): Promise<void> {
  if (tips.length === 0) return
  const known = await knownTips(refs, repo, olds)
  await launcher.ready()
  const git: GitProcess = launcher.start({
    cwd: repo.path,
    args: ['rev-list', '--objects', '--quiet', '--stdin', ...known.args],
    env,
    wallMs: WALL_MS,
  })
  git.stdout.resume()
  git.stdin.end(`${[...tips, ...known.lines].join('\n')}\n`)
  const exit = await git.exited
  if (exit.code === 0) return
  if (exit.code === null) throw new AppError('GIT_FAILED', { cause: new Error(exit.stderr) })
  const details = { reason: 'missing necessary objects', missing: true }
  throw new AppError('PACK_REJECTED', { details, cause: new Error(exit.stderr) })
}
