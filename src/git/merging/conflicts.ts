/** What stands in the way of a merge, file by file. */
import type { Oid } from '../../kernel/ids.ts'
import type { GitStore } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { MergeParts } from './merge.ts'

export interface Side {
  readonly sha: Oid
  /** As git writes it: `100644`, `160000`, … */
  readonly mode: string
  /** Absent where none was asked for, for submodules, and for what is larger than 64 KiB. */
  readonly content?: string
  readonly encoding?: 'utf-8' | 'base64'
  /** The file is larger than 64 KiB: `content` is left out. */
  readonly truncated?: true
}

export interface Conflict {
  readonly path: string
  /** `content`, `modify/delete`, `rename/delete`, `add/add`, `binary`, `submodule`, … */
  readonly kind: string
  readonly base: Side | null
  /** Of the target. */
  readonly ours: Side | null
  /** Of the source. */
  readonly theirs: Side | null
  /** What git would leave in a work tree, with conflict markers; `null` where it leaves nothing at `path`. */
  readonly merged: Side | null
}

/**
 * @returns empty for a clean merge; one without a path where histories are unrelated
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export function conflictsOf(
  _parts: MergeParts & { readonly store: Pick<GitStore, 'openQuarantine'> },
  _repo: RepoHandle,
  _target: Oid,
  _source: Oid,
  _opts: { readonly content: boolean },
): Promise<Conflict[]> {
  return Promise.reject(new Error('not built yet'))
}
