/** Numbers that are all different. */

/**
 * @param random as `randomNumbers` makes them
 * @throws RangeError when there are not so many
 */
export function drawDistinct(limit: number, count: number, random: (limit: number) => number): number[] {
  if (count > limit) throw new RangeError(`${count} of ${limit}`)
  const drawn = new Set<number>()
  while (drawn.size < count) drawn.add(random(limit))
  return [...drawn]
}
