/** Names of kinds of events, and lists of them as clients write them. Pure. */

/**
 * Is `type` one of these? Asked of every event for every stream and webhook.
 *
 * @param wanted whole types (`repo.created`) or families (`pr.*`); absent: all
 */
export function isOfTypes(type: string, wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined) return true
  return wanted.some((one) => (one.endsWith('.*') ? type.startsWith(one.slice(0, -1)) : type === one))
}
