/** A store of nostr events as a busy relay has: conversations of many repositories, whose events came in turns. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { VerifiedEvent } from '../../src/nostr/event.ts'
import { KIND } from '../../src/nostr/kinds.ts'
import { openDatabase, type DatabaseAddress } from '../../src/store/database.ts'
import { COLUMN_TYPES } from '../../src/store/migrations/column-types.ts'
import { nostr } from '../../src/store/migrations/0006-nostr.ts'
import { Shelf } from '../../src/store/nostr/shelf.ts'
import { keepInput, type InputPlace } from './kept-input.ts'

export interface NostrStoreSize {
  readonly repositories: number
  /** Of each repository, its announcement among them. */
  readonly events: number
}

const EVENTS_AT_ONCE = 25_000
const BEGIN = 1_600_000_000
const TEXT = 'What is said about a repository in a comment of ordinary length, some lines of it. '.repeat(5)

/** Kept per schema. @returns a SQLite database that is only to be read */
export async function keptNostrStore(
  { directory, progress }: Omit<InputPlace, 'name'>,
  size: NostrStoreSize,
): Promise<DatabaseAddress> {
  const schema = hashOf(nostr.up(COLUMN_TYPES.sqlite).join()).slice(0, 8)
  const name = `nostr-${size.repositories * size.events}-events-${schema}`
  const kept = await keepInput({ directory, name, progress }, (draft) =>
    fillNostrStore({ url: null, path: join(draft, 'sluice.db') }, size),
  )
  return { url: null, path: join(kept, 'sluice.db') }
}

/** Writes the rows of events that nobody has signed. */
export async function fillNostrStore(address: DatabaseAddress, size: NostrStoreSize): Promise<void> {
  await using database = await openDatabase(address)
  const all = size.repositories * size.events
  for (let at = 0; at < all; at += EVENTS_AT_ONCE) {
    const shelf = new Shelf()
    for (let n = at; n < Math.min(at + EVENTS_AT_ONCE, all); n++)
      shelf.put(eventOf(n, size), { status: 'served', source: 'sync', receivedAt: 0, waitsUntil: null })
    await database.transaction((trx) => shelf.write(trx))
  }
}

/** Value of the `a` tags of a repository's events. */
export function coordinateOf(repository: number): string {
  return `${KIND.announcement}:${hashOf(`owner ${repository}`)}:repository-${repository}`
}

function eventOf(n: number, { repositories }: NostrStoreSize): VerifiedEvent {
  const [repository, place] = [n % repositories, Math.floor(n / repositories)]
  const [, owner = '', identifier = ''] = coordinateOf(repository).split(':')
  const said =
    place === 0
      ? { kind: KIND.announcement, pubkey: owner, tags: [['d', identifier]] }
      : { ...remark(repository, place), pubkey: hashOf(`author ${n % 9_973}`) }
  const rest = { created_at: BEGIN + n, content: TEXT, sig: '0'.repeat(128) }
  return { id: hashOf(`event ${n}`), ...rest, ...said } as unknown as VerifiedEvent
}

/** Every tenth opens an issue that the next ones comment. */
function remark(repository: number, place: number) {
  const a = ['a', coordinateOf(repository)]
  const p = ['p', hashOf(`owner ${repository}`)]
  const issue = hashOf(`issue ${repository} ${Math.floor(place / 10)}`)
  if (place % 10 === 1) return { kind: KIND.issue, tags: [a, p, ['t', 'bug'], ['subject', 'It fails']] }
  return { kind: KIND.comment, tags: [a, p, ['E', issue], ['K', String(KIND.issue)], ['e', issue]] }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
