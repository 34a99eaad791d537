/** The step of maintenance that sees to bundles: makes one where it pays, and removes those that do not stand. */
import { rm, statfs } from 'node:fs/promises'
import type { Clock } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { MaintenanceGit } from '../maintenance/caps.ts'
import type { RefSnapshots } from '../refs/ref-snapshots.ts'
import { bundleMadeAt, bundlesOf, type Bundle } from './bundle.ts'
import type { BundleCounts } from './bundle-counts.ts'
import type { Bundles } from './bundles.ts'
import { makeBundle, refsToBundle, removeDrafts } from './make-bundle.ts'
import { isUpToDate } from './standing.ts'

/** `keep`: the one that there is will do. `none`: it is not cloned any more. */
export type BundleWish = 'make' | 'keep' | 'none'

export interface KeepBundleParts {
  readonly git: MaintenanceGit
  readonly bundles: Pick<Bundles, 'stands' | 'forget'>
  readonly snapshots: Pick<RefSnapshots, 'get'>
  readonly counts: BundleCounts
  readonly clock: Clock
  /** Where bundles pay; `null`: none are made. */
  readonly minBytes: number | null
  /** Bytes that a file may still take where `path` is. Default: what the file system says. */
  readonly freeBytes?: (path: string) => Promise<number>
}

/** Since then, who clones fetches too much besides. */
const MAX_AGE_MS = 7 * 24 * 3600_000

/**
 * May be killed anywhere, and run again. The bundle of before stays until the next time, for those who have
 * just been told its name.
 *
 * @param sizeBytes of the repository
 * @throws AppError as `makeBundle` and `Bundles.stands`; the repository itself is never touched
 */
export async function keepBundle(
  parts: KeepBundleParts,
  repo: RepoHandle,
  { wish, sizeBytes }: { readonly wish: BundleWish; readonly sizeBytes: number },
  signal: AbortSignal,
): Promise<void> {
  await removeDrafts(repo)
  const kept = await keepNewest(parts, repo)
  const pays = parts.minBytes !== null && sizeBytes >= parts.minBytes
  if (wish === 'none' || !pays) await remove(parts, repo, kept === null ? [] : [kept])
  else if (wish === 'make' && (await isDue(parts, repo, kept)) && (await hasRoom(parts, repo, sizeBytes)))
    await makeNext(parts, repo, kept, signal)
}

/** Of those that stand; the others go. */
async function keepNewest(parts: KeepBundleParts, repo: RepoHandle): Promise<Bundle | null> {
  const all = await bundlesOf(repo)
  const standing: Bundle[] = []
  for (const bundle of all) if (await parts.bundles.stands(repo, bundle)) standing.push(bundle)
  const [newest = null] = standing
  await remove(
    parts,
    repo,
    all.filter((bundle) => bundle !== newest),
  )
  return newest
}

async function remove(
  { bundles, counts }: KeepBundleParts,
  repo: RepoHandle,
  unwanted: readonly Bundle[],
): Promise<void> {
  for (const { path } of unwanted) {
    await rm(path, { force: true })
    counts.removed++
  }
  bundles.forget(repo.id)
}

async function isDue(
  { clock, snapshots }: KeepBundleParts,
  repo: RepoHandle,
  kept: Bundle | null,
): Promise<boolean> {
  if (kept === null) return true
  if (clock.now() - kept.creationToken < MAX_AGE_MS) return false
  return !(await isUpToDate(await snapshots.get(repo), kept.path))
}

/** For the bundle and as much again: pushes must not meet a full disk because of it. */
async function hasRoom(
  { freeBytes = freeBytesAt }: KeepBundleParts,
  repo: RepoHandle,
  sizeBytes: number,
): Promise<boolean> {
  return (await freeBytes(repo.path)) >= 2 * sizeBytes
}

async function makeNext(
  { git, bundles, snapshots, counts, clock }: KeepBundleParts,
  repo: RepoHandle,
  kept: Bundle | null,
  signal: AbortSignal,
): Promise<void> {
  const refs = refsToBundle(await snapshots.get(repo))
  if (refs === null) return
  const next = bundleMadeAt(repo, Math.max(clock.now(), (kept?.creationToken ?? 0) + 1))
  await makeBundle(git, repo, next, refs, signal)
  counts.made++
  bundles.forget(repo.id)
}

async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}
