/** How many refs pushes over HTTP have moved, and how many were refused. Plain numbers, for the metrics. */
import type { RefUpdateResult } from '../../kernel/ref-update.ts'

export class PushCounts {
  accepted = 0
  refused = 0

  add(results: readonly RefUpdateResult[]): void {
    const accepted = results.filter((result) => result.ok).length
    this.accepted += accepted
    this.refused += results.length - accepted
  }
}
