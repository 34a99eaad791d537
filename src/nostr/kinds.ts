/** Kinds of events that this server knows more of than their author. */
export const KIND = {
  metadata: 0,
  deletion: 5,
  comment: 1111,
  patch: 1617,
  pullRequest: 1618,
  pullRequestUpdate: 1619,
  issue: 1621,
  relayList: 10_002,
  graspList: 10_317,
  /** @see NIP-42 */
  clientAuth: 22_242,
  /** @see NIP-98 */
  httpAuth: 27_235,
  announcement: 30_617,
  state: 30_618,
} as const
