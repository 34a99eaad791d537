/** Can one commit be merged into another, and by which strategies? Asked often, so answers are kept. */
import type { Oid } from '../../kernel/ids.ts'
import type { GitStore } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { MergeParts, Strategy } from './merge.ts'

export interface MergeabilityAnswer {
  readonly mergeability: 'clean' | 'conflicting'
  /** Best common ancestor, the first where there are several; `null` for unrelated histories. */
  readonly mergeBase: Oid | null
  /** Would `makeMerge` by this strategy succeed, or find the source contained? */
  readonly strategies: Readonly<Record<Strategy, boolean>>
}

export class Mergeability {
  /** @param _store for scratch quarantines, which are dropped */
  constructor(_parts: MergeParts & { readonly store: Pick<GitStore, 'openQuarantine'> }) {}

  /** @throws AppError `GIT_FAILED`, `LAUNCHER_LOST` */
  of(_repo: RepoHandle, _target: Oid, _source: Oid): Promise<MergeabilityAnswer> {
    return Promise.reject(new Error('not built yet'))
  }
}
