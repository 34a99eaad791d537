/** Commits that wait to be listed: the latest first, and those of one second in the order they came. */
import { Heap } from '../heap.ts'
import type { Commit } from '../objects/commit.ts'

export class CommitHeap extends Heap<Commit> {
  constructor() {
    super((one, other) => one.committer.seconds > other.committer.seconds)
  }
}
