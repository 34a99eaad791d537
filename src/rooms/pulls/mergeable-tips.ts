/** Two branches between which a pull request can be open: both there, and something to bring over. */
import type { Reader } from '../../git/git-reader.ts'
import type { Door } from '../../kernel/door.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Tips } from '../../store/pulls-change.ts'
import { isContained, type RunGit } from './is-contained.ts'
import { branchTips, sourceRef, type Sides } from './refs.ts'

export interface TipsParts {
  readonly door: Pick<Door, 'store'>
  readonly git: RunGit
}

/** @throws AppError `UNPROCESSABLE` with `details.branch` for a missing one, or when nothing is to be merged */
export async function mergeableTips(parts: TipsParts, reader: Reader, sides: Sides): Promise<Tips> {
  const tips = await existingTips(parts, reader, sides)
  if (await isContained(parts.git, reader, tips.sourceSha, tips.targetSha)) {
    const reason = 'nothing to merge: the target branch has all commits of the source branch'
    const { sourceBranch, targetBranch } = sides
    throw new AppError('UNPROCESSABLE', { details: { reason, sourceBranch, targetBranch, ...tips } })
  }
  return tips
}

async function existingTips({ door }: TipsParts, { repo }: Reader, sides: Sides): Promise<Tips> {
  const { source, target } = await branchTips(door.store, repo, sides)
  if (source === null) throw missing(sides.sourceBranch ?? sourceRef(sides))
  if (target === null) throw missing(sides.targetBranch)
  return { sourceSha: source, targetSha: target }
}

function missing(branch: string): AppError {
  return new AppError('UNPROCESSABLE', { details: { reason: 'no such branch', branch } })
}
