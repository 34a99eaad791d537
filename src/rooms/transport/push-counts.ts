/** How many refs pushes over HTTP have moved, sent elsewhere or not moved. Plain numbers, for the metrics. */
import type { RefUpdateResult } from '../../kernel/ref-update.ts'

export class PushCounts {
  accepted = 0
  redirected = 0
  refused = 0

  add(results: readonly RefUpdateResult[]): void {
    for (const result of results) {
      if (!result.ok) this.refused++
      else if (result.redirection) this.redirected++
      else this.accepted++
    }
  }
}
