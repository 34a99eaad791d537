/** What came of bundles since this server began, for those who look at its metrics. */
export class BundleCounts {
  made = 0
  removed = 0
  /** Answers that gave one away, or a part of it. */
  sent = 0
  sentBytes = 0
}
