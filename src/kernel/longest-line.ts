/** Who gives way where too many wait: a party that has filled a queue keeps nobody out of it. */

/**
 * @param lines who waits, by party
 * @returns the line whose last one makes room for one more of `party`; `null`: no other has more than that party then
 */
export function longestLine<T>(lines: ReadonlyMap<string, T[]>, party: string): T[] | null {
  const longest = [...lines.values()].reduce<T[]>((a, b) => (b.length > a.length ? b : a), [])
  const own = lines.get(party)?.length ?? 0
  return longest.length > own + 1 ? longest : null
}
