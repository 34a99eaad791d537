/** Two branches between which a pull request can be open: both there, and something to bring over. */
import type { Reader } from '../../git/git-reader.ts'
import type { Door } from '../../kernel/door.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Tips } from '../../store/pulls-change.ts'
import { isContained, type RunGit } from './is-contained.ts'
import { branchTips } from './refs.ts'

export interface TipsParts {
  readonly door: Pick<Door, 'store'>
  readonly git: RunGit
}

interface Branches {
  readonly sourceBranch: string
  readonly targetBranch: string
}

/** @throws AppError `UNPROCESSABLE` with `details.branch` for a missing one, or when nothing is to be merged */
export async function mergeableTips(parts: TipsParts, reader: Reader, branches: Branches): Promise<Tips> {
  const tips = await existingTips(parts, reader, branches)
  if (await isContained(parts.git, reader, tips.sourceSha, tips.targetSha)) {
    const reason = 'nothing to merge: the target branch has all commits of the source branch'
    throw new AppError('UNPROCESSABLE', { details: { reason, ...branches, ...tips } })
  }
  return tips
}

async function existingTips({ door }: TipsParts, { repo }: Reader, branches: Branches): Promise<Tips> {
  const { source, target } = await branchTips(door.store, repo, branches)
  if (source === null) throw missing(branches.sourceBranch)
  if (target === null) throw missing(branches.targetBranch)
  return { sourceSha: source, targetSha: target }
}

function missing(branch: string): AppError {
  return new AppError('UNPROCESSABLE', { details: { reason: 'no such branch', branch } })
}
