/** Takes turns between the sides of a comparison, so that a noisy minute falls on all of them. */

/** Measures one round of one side. */
export type Side<Reading> = (round: number) => Promise<Reading>

/**
 * One round that is thrown away, then `rounds` that count. Odd rounds go through the sides backwards,
 * so that none always comes first.
 *
 * @returns readings of each side, by round
 */
export async function interleave<Name extends string, Reading>(
  sides: Readonly<Record<Name, Side<Reading>>>,
  opts: { rounds: number; progress: (text: string) => void },
): Promise<Record<Name, Reading[]>> {
  const names = Object.keys(sides) as Name[]
  const readings = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Reading[]>
  for (let round = 0; round <= opts.rounds; round++) {
    opts.progress(round === 0 ? 'warming up' : `round ${round} of ${opts.rounds}`)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const reading = await sides[name](round)
      if (round > 0) readings[name].push(reading)
    }
  }
  return readings
}
