/** What refreshes have done since the start, for the metrics. */
export class RefreshCounts {
  /** Rounds that have ended. */
  rounds = 0
  /** Rounds that found something new to bring over. */
  fetches = 0
  failures = 0
  /** That rounds took, all together. */
  seconds = 0
}
