/** Makes one bundle of what most clones want of a repository. The only place where git is asked for one. */
import { mkdir, rename, rm } from 'node:fs/promises'
import { isRefName, type RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { syncPath, syncPaths } from '../durable.ts'
import { runStep, type MaintenanceGit } from '../maintenance/caps.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'
import { bundleDirectory, type Bundle } from './bundle.ts'

/** Tags are few words each, but readers of a bundle go through all of its refs. */
const MAX_TAGS = 10_000
const WALL_MS = 6 * 3600_000

/**
 * The branch that HEAD is on, which only grows where many clone it, and all tags. Other branches are forced and
 * deleted every day, which ends every bundle that they are in; what they have more is fetched as always.
 *
 * @returns `null`: HEAD is on no branch that exists
 */
export function refsToBundle(snapshot: RefSnapshot): readonly RefName[] | null {
  const { head } = snapshot
  const branch = head.kind === 'born' && head.target !== null ? textOf(head.target) : null
  if (branch === null) return null
  const tags: RefName[] = []
  for (const { name } of snapshot.list({ prefixes: ['refs/tags/'], hidden: [] })) {
    if (tags.push(name) > MAX_TAGS) return [branch]
  }
  return [branch, ...tags]
}

/**
 * Whole and on disk when it resolves; `bundle` has no file before. What a run that was killed has left is
 * overwritten: see `removeDrafts`.
 *
 * @throws AppError `GIT_FAILED` that names the step, also when a ref has gone meanwhile or the disk is full;
 *   `LAUNCHER_LOST`; the reason of the signal
 * @see git-bundle(1)
 */
export async function makeBundle(
  git: MaintenanceGit,
  repo: RepoHandle,
  bundle: Bundle,
  refs: readonly RefName[],
  signal: AbortSignal,
): Promise<void> {
  await mkdir(bundleDirectory(repo), { recursive: true })
  await removeDrafts(repo)
  const draft = draftPath(repo)
  const step = {
    name: 'make a bundle',
    args: ['bundle', 'create', '-q', draft, '--stdin'],
    input: ['HEAD', ...refs, ''].join('\n'),
    wallMs: WALL_MS,
  }
  try {
    await runStep(git, repo, step, signal)
    await syncPath(draft)
    await rename(draft, bundle.path)
  } finally {
    await removeDrafts(repo)
  }
  await syncPaths([bundleDirectory(repo), repo.path])
}

/** git writes to a file of that name with `.lock` behind it, and leaves it when it is killed. */
export async function removeDrafts(repo: RepoHandle): Promise<void> {
  for (const path of [draftPath(repo), `${draftPath(repo)}.lock`]) await rm(path, { force: true })
}

function draftPath(repo: RepoHandle): string {
  return `${bundleDirectory(repo)}/draft`
}

/** @param name as bytes, one a character; `null`: not UTF-8 */
function textOf(name: string): RefName | null {
  const text = Buffer.from(name, 'latin1').toString('utf8')
  return isRefName(text) ? text : null
}
