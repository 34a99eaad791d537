/** Brings every repository of an identifier to the newest state whose git data is all here. */
import { AppError } from '../../../kernel/errors.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { SignedState } from '../authorised-states.ts'
import { align, type AlignParts } from './align.ts'
import { followDeclaredHead, type HeadParts } from './declared-head.ts'
import { sourcesOf, type Family, type Member } from './family.ts'

export interface ApplyParts extends AlignParts, HeadParts {
  /** Told of a repository that could not be brought to any; the others are. */
  readonly onFailed: (identifier: string, error: unknown) => void
}

/** State whose refs each has; those that have none are absent. */
export type Applied = ReadonlyMap<RepoId, SignedState>

export async function applyStates(parts: ApplyParts, family: Family): Promise<Applied> {
  const applied = new Map<RepoId, SignedState>()
  for (const member of family.members) {
    const { repo } = member.repository
    try {
      const state = await applyNewest(parts, family, member)
      if (state !== null) applied.set(repo.id, state)
      await followDeclaredHead(parts, repo, member.candidates)
    } catch (err) {
      if (!isGone(err)) parts.onFailed(family.signed.identifier, err)
    }
  }
  return applied
}

/** Of states that are not complete only what was pushed for them stays. */
async function applyNewest(
  parts: AlignParts,
  family: Family,
  { repository: { repo }, candidates }: Member,
): Promise<SignedState | null> {
  for (const [i, state] of candidates.entries()) {
    const sources = sourcesOf(family, state).map((source) => source.repo)
    if (await align(parts, { repo, state, newer: candidates.slice(0, i), sources })) return state
  }
  return null
}

/** Deleted meanwhile. */
function isGone(err: unknown): boolean {
  return err instanceof AppError && err.code === 'REPO_NOT_FOUND'
}
