/**
 * The whole repository into one pack, without what nobody reaches any more. An object is dropped only after
 * it has lain for two weeks in a pack of such objects, which git never takes for stored when a push brings
 * it again: so a push that is under way relies on none of them. See docs/how-to/maintenance.md.
 */
import { readdir, utimes } from 'node:fs/promises'
import type { RepoHandle } from '../../kernel/repository.ts'
import { isBorrowedFrom } from './borrowed.ts'
import { runStep, type MaintenanceGit } from './caps.ts'
import { DroppedObjects } from './dropped-objects.ts'
import { CHECK_WHOLE, COMMIT_GRAPH_ANEW, repackWhole } from './steps.ts'

const KEPT_FOR = '2.weeks.ago'
/** Long enough for every push that was under way to have ended. */
const LIMBO_MS = 24 * 3600_000

export interface WholeRepackParts {
  readonly git: MaintenanceGit
  /** Of the repositories. */
  readonly root: string
  /** As `--cruft-expiration` takes it. Default: two weeks. */
  readonly expiry?: string
}

/** @throws AppError `GIT_FAILED`, also when a ref has come to reach what was dropped: see DroppedObjects */
export async function repackTheWhole(
  { git, root, expiry = KEPT_FOR }: WholeRepackParts,
  repo: RepoHandle,
  signal: AbortSignal,
): Promise<void> {
  const dropped = new DroppedObjects(repo)
  const drops = (await isBorrowedFrom(root, repo)) ? 'never' : expiry
  await runStep(git, repo, COMMIT_GRAPH_ANEW, signal)
  await countFromNow(repo)
  await runStep(git, repo, repackWhole(drops, await dropped.open()), signal)
  await runStep(git, repo, CHECK_WHOLE, signal)
}

/** Checks once more, a day later; then what was dropped is gone for good. */
export async function forgetDropped(
  { git }: Pick<WholeRepackParts, 'git'>,
  repo: RepoHandle,
  signal: AbortSignal,
): Promise<void> {
  const dropped = new DroppedObjects(repo)
  const since = await dropped.since()
  if (since === null || Date.now() - since < LIMBO_MS) return
  await runStep(git, repo, CHECK_WHOLE, signal)
  await dropped.forget()
}

/** git takes the time of a pack for that of its objects: what is found unreached now is so from now on. */
async function countFromNow(repo: RepoHandle): Promise<void> {
  const directory = `${repo.path}/objects/pack`
  const names: readonly string[] = await readdir(directory)
  const now = new Date()
  for (const name of names) {
    if (!name.endsWith('.pack') || names.includes(name.replace(/pack$/, 'mtimes'))) continue
    await utimes(`${directory}/${name}`, now, now).catch(() => {}) // gone: its objects are in a newer one
  }
}
