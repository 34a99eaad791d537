/** What a diff says of one file. */

export const DIFF_STATUSES = ['added', 'modified', 'deleted', 'renamed', 'copied', 'typechange'] as const
export type DiffStatus = (typeof DIFF_STATUSES)[number]

export interface FileDiff {
  /** After the change, or before it when deleted. As UTF-8, never quoted. */
  readonly path: string
  /** Of what was renamed or copied; else `null`. */
  readonly previousPath: string | null
  readonly status: DiffStatus
  /** Lines; 0 for binary files. */
  readonly additions: number
  readonly deletions: number
  readonly binary: boolean
  /** As git prints it, from its line `diff --git` on; `null` when none was asked for. */
  readonly patch: string | null
  /** `patch` is not whole. */
  readonly truncated: boolean
}
