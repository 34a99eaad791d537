/**
 * Does a bundle hold nothing but what its repository shows now? It stays on disk while refs move on, and must not
 * hand out what somebody has taken back since.
 */
import type { Oid } from '../../kernel/ids.ts'
import { isBranch } from '../../kernel/ref-update.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { mergeBases, relationBy, type WalkParts } from '../merging/merge-bases.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'
import { readBundledRefs, type BundledRef } from './bundle-header.ts'

export interface Standing extends WalkParts {
  readonly repo: RepoHandle
  /** Its refs now. */
  readonly snapshot: RefSnapshot
}

/**
 * Tags are what they were, and each branch has grown at most.
 *
 * @returns also `false` for a file that is gone, or no bundle of ours
 * @throws AppError as `mergeBases`
 */
export async function standsNow(standing: Standing, path: string): Promise<boolean> {
  const refs = await readBundledRefs(path)
  if (refs === null || refs.length === 0) return false
  for (const ref of refs) if (!(await isShownStill(standing, ref))) return false
  return true
}

/** Is a clone from the bundle as good as one from the repository itself? */
export async function isUpToDate(snapshot: RefSnapshot, path: string): Promise<boolean> {
  const refs = await readBundledRefs(path)
  return refs !== null && refs.every(({ name, oid }) => snapshot.find(name)?.oid === oid)
}

async function isShownStill(standing: Standing, { name, oid }: BundledRef): Promise<boolean> {
  const now = standing.snapshot.find(name)
  if (now === null) return false
  if (now.oid === oid) return true
  return isBranch(name) && (await hasGrownFrom(standing, oid, now.oid))
}

async function hasGrownFrom({ repo, objects, launcher }: Standing, old: Oid, tip: Oid): Promise<boolean> {
  if ((await objects.commit(repo, old)) === null) return false // dropped by now: git would call it an error
  const pair = { repo, target: tip, source: old }
  return relationBy(pair, await mergeBases({ objects, launcher }, pair)) === 'contained'
}
