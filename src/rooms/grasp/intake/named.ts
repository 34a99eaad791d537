/** What an event names: other events by their ids or addresses, and repositories among these. Pure. */
import { tagValues, type NostrEvent } from '../../../nostr/event.ts'
import { parseCoordinate, type Coordinate } from '../../../nostr/nip34/coordinate.ts'
import { isHexKey } from '../../../nostr/npub.ts'

export interface Named {
  readonly ids: readonly string[]
  readonly addresses: readonly string[]
  /** Those of `addresses` that are repositories'. */
  readonly repositories: readonly Coordinate[]
}

/** An event that names more is looked at no further. */
const MAX_NAMED = 200
const ADDRESS = /^\d{1,5}:[0-9a-f]{64}:/

/** By the tags `e`, `E`, `q`, `a` and `A`. @see NIP-10, NIP-18, NIP-22 */
export function namedIn(event: Pick<NostrEvent, 'tags'>): Named {
  const ids = valuesOf(event, ['e', 'E', 'q']).filter(isHexKey)
  const addresses = valuesOf(event, ['a', 'A', 'q']).filter((value) => ADDRESS.test(value))
  return { ids, addresses, repositories: repositoriesIn(addresses) }
}

/** Repositories that the event is about. @see NIP-34, `a` */
export function repositoriesOf(event: Pick<NostrEvent, 'tags'>): readonly Coordinate[] {
  return repositoriesIn(valuesOf(event, ['a']))
}

function repositoriesIn(addresses: readonly string[]): readonly Coordinate[] {
  return addresses.flatMap((address) => parseCoordinate(address) ?? [])
}

function valuesOf(event: Pick<NostrEvent, 'tags'>, names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => tagValues(event, name)))].slice(0, MAX_NAMED)
}
