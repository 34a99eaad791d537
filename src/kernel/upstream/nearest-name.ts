/** What somebody may have meant who wrote a name that is not known. */

/** Farther than this it is another word. */
const MAX_DISTANCE = 3

/** @returns the known name that takes the fewest changes of a letter, or `null` when none is near */
export function nearestName(written: string, known: readonly string[]): string | null {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[_-]/g, '')
  const ranked = known
    .map((name) => ({ name, distance: editDistance(plain(written), plain(name)) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  if (!best || best.distance > Math.min(MAX_DISTANCE, best.name.length - 1)) return null
  return best.name
}

/** Insertions, deletions and replacements of single characters. @see Wagner and Fischer, 1974 */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}
