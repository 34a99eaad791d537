/** Where an event stands among others: newest first, of one second the lowest id first. @see NIP-01, "limit" */

export interface Position {
  readonly created_at: number
  readonly tie: number
  /** `sequence` of the event. */
  readonly event: number
}

/** Told of the work that a question makes as it goes on; one that throws ends it. A row that is looked at is one. */
export type Looked = (rows: number) => void

export function byPosition(a: Position, b: Position): number {
  return b.created_at - a.created_at || a.tie - b.tie || a.event - b.event
}
