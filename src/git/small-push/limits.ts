/** What counts as a small push. */

export interface SmallPushLimits {
  readonly objects: number
  /** Of the pack. */
  readonly wireBytes: number
  /** Of all objects together; what deltas are made from counts once more, and against the same limit. */
  readonly inflatedBytes: number
  /** Of all small pushes that are under way. */
  readonly heldBytes: number
}

export const SMALL_PUSH_LIMITS: SmallPushLimits = {
  objects: 1_000,
  wireBytes: 2 * 1024 * 1024,
  inflatedBytes: 4 * 1024 * 1024,
  heldBytes: 64 * 1024 * 1024,
}
