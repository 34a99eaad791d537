/** What a client may change in one commit. Paths have passed path-rules.ts and together change-conflicts.ts. */
import type { Oid } from '../../kernel/ids.ts'
import type { FileMode } from './tree-entries.ts'

export type Change =
  /** Makes or replaces a file, link or submodule. `mode` `null`: as it is, or `100644`. */
  | { readonly action: 'put'; readonly path: string; readonly oid: Oid; readonly mode: FileMode | null }
  /** A file, or a directory with all below it. */
  | { readonly action: 'delete'; readonly path: string }
  /** A file, or a directory with all below it, to where nothing is. */
  | { readonly action: 'move'; readonly path: string; readonly from: string }
