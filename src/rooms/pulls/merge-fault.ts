/** Why nothing was merged, as an error that says what to do next. */
import type { Reader } from '../../git/git-reader.ts'
import type { Conflicts } from '../../git/merging/conflicts.ts'
import type { MergeOutcome } from '../../git/merging/merge.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import { toConflictsJson } from './conflicts-json.ts'

export interface FaultParts {
  /** @throws AppError `OVERLOADED`, `GIT_FAILED`, `LAUNCHER_LOST` */
  readonly conflictsOf: (
    reader: Reader,
    tips: { readonly target: Oid; readonly source: Oid },
    opts: { readonly content: boolean },
  ) => Promise<Conflicts>
}

export type FailedMerge = Exclude<MergeOutcome, { kind: 'made' | 'contained' }>

export async function mergeFault(
  { conflictsOf }: FaultParts,
  reader: Reader,
  tips: { readonly target: Oid; readonly source: Oid },
  outcome: FailedMerge,
): Promise<AppError> {
  switch (outcome.kind) {
    case 'conflicts':
    case 'unrelated': {
      const conflicts = await conflictsOf(reader, tips, { content: true })
      // a rebase may stop where a merge would not
      const details = { ...toConflictsJson(conflicts), hasConflicts: true }
      const at = outcome.kind === 'conflicts' && outcome.at !== undefined ? { at: outcome.at } : {}
      return new AppError('MERGE_CONFLICT', { details: { ...details, ...at } })
    }
    case 'refused': {
      const hint = 'git acts on such a file; change what it would say, on either side'
      const at = outcome.at === undefined ? {} : { at: outcome.at }
      return impossible({ reason: outcome.reason, hint, ...at })
    }
    case 'nothing':
      return impossible({ reason: 'nothing to merge: no file would change' })
    case 'not-fast-forward':
      return impossible({
        reason: 'not a fast-forward: the target has commits that the source has not',
        hint: 'merge by another strategy, or bring the source up to date first',
      })
    case 'too-many-commits':
      return impossible({
        reason: 'too many commits for this strategy',
        limit: outcome.limit,
        hint: 'use merge or squash',
      })
  }
}

function impossible(details: object): AppError {
  return new AppError('UNPROCESSABLE', { details })
}
