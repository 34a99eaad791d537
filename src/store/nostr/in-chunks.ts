/** A list in parts that fit into one statement each. */

const AT_ONCE = 250

export function* inChunks<T>(items: Iterable<T>, atOnce = AT_ONCE): Generator<readonly T[]> {
  const all = [...items]
  for (let at = 0; at < all.length; at += atOnce) yield all.slice(at, at + atOnce)
}
