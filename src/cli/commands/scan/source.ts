/** What a scan reads: a history, what is staged, or a working tree. Each tells the same of itself. */

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag'

/** Objects that are scanned together. */
export interface Batch {
  readonly objects: number
  /** In the output format of `git cat-file --batch`. */
  contents(): AsyncIterable<Buffer>
}

/** An object at a path. @property commit that brought it there; `null`: none has, yet */
export interface PathAt {
  readonly path: string
  readonly oid: string
  readonly commit: string | null
}

export interface Source {
  /** How much will come, for those who watch. */
  size(): Promise<{ readonly objects: number; readonly bytes: number }>
  batches(): AsyncIterable<Batch>
  types(oids: readonly string[]): Promise<ReadonlyMap<string, ObjectType>>
  /** Everything that came to be at a path, the oldest first, many at a time. */
  paths(): AsyncIterable<readonly PathAt[]>
}
