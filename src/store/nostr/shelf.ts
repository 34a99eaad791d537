/**
 * The rows that a batch of events has to do with, those of the same id and of the same address, and what becomes of
 * them. Decides nothing: see serve-events.ts and hold-events.ts.
 */
import type { VerifiedEvent } from '../../nostr/event.ts'
import type { Trx } from '../database.ts'
import type { NostrEventRow } from '../schema.ts'
import { addressColumn, bytesOf, eventRow, tagRows, type EventPlace } from './event-rows.ts'
import { inChunks } from './in-chunks.ts'

/** An event of the batch or of the database. */
export type Shelved = Pick<
  NostrEventRow,
  'id' | 'pubkey' | 'created_at' | 'address' | 'bytes' | 'status' | 'source' | 'received_at'
>

interface Placed {
  readonly event: VerifiedEvent
  readonly place: EventPlace
}

const COLUMNS = [
  'sequence',
  'id',
  'pubkey',
  'created_at',
  'address',
  'bytes',
  'status',
  'source',
  'received_at',
] as const

/** Seven columns: SQLite takes 32,766 values in a statement. */
const TAGS_AT_ONCE = 1_000
const EVENTS_AT_ONCE = 100

export class Shelf {
  readonly #byId = new Map<string, Shelved>()
  readonly #byAddress = new Map<string, Set<Shelved>>()
  readonly #sequences = new Map<Shelved, number>()
  readonly #removed: number[] = []
  readonly #placed = new Map<Shelved, Placed>()

  /** Reads what there is of these events. */
  static async around(trx: Trx, events: readonly VerifiedEvent[]): Promise<Shelf> {
    const shelf = new Shelf()
    const rows = trx.selectFrom('nostr_events').select(COLUMNS)
    for (const ids of inChunks(new Set(events.map(({ id }) => id))))
      shelf.#addRows(await rows.where('id', 'in', ids).execute())
    for (const addresses of inChunks(new Set(events.flatMap((event) => addressColumn(event) ?? []))))
      shelf.#addRows(await rows.where('address', 'in', addresses).execute())
    return shelf
  }

  find(id: string): Shelved | undefined {
    return this.#byId.get(id)
  }

  /** Others of the same address. */
  rivals(event: VerifiedEvent): readonly Shelved[] {
    const rivals = this.#byAddress.get(addressColumn(event) ?? '') ?? []
    return [...rivals].filter(({ id }) => id !== event.id)
  }

  has(entry: Shelved): boolean {
    return this.#byId.get(entry.id) === entry
  }

  /** In place of what there is of this id. */
  put(event: VerifiedEvent, place: EventPlace): Shelved {
    const before = this.#byId.get(event.id)
    if (before) this.remove(before)
    const { id, pubkey, created_at } = event
    const { status, source, receivedAt } = place
    const address = addressColumn(event)
    const bytes = bytesOf(event)
    const entry = { id, pubkey, created_at, address, bytes, status, source, received_at: receivedAt }
    this.#add(entry)
    this.#placed.set(entry, { event, place })
    return entry
  }

  remove(entry: Shelved): void {
    this.#byId.delete(entry.id)
    this.#byAddress.get(entry.address ?? '')?.delete(entry)
    this.#placed.delete(entry)
    const sequence = this.#sequences.get(entry)
    if (sequence !== undefined) this.#removed.push(sequence)
  }

  async write(trx: Trx): Promise<void> {
    await removeRows(trx, this.#removed)
    for (const placed of inChunks(this.#placed.values(), EVENTS_AT_ONCE)) await insert(trx, placed)
  }

  #addRows(rows: readonly (Shelved & { readonly sequence: number })[]): void {
    for (const { sequence, ...entry } of rows) {
      if (this.#byId.has(entry.id)) continue
      this.#add(entry)
      this.#sequences.set(entry, sequence)
    }
  }

  #add(entry: Shelved): void {
    this.#byId.set(entry.id, entry)
    if (entry.address === null) return
    const rivals = this.#byAddress.get(entry.address) ?? new Set()
    this.#byAddress.set(entry.address, rivals.add(entry))
  }
}

/** Their tags go with them. */
export async function removeRows(trx: Trx, sequences: readonly number[]): Promise<void> {
  for (const some of inChunks(sequences))
    await trx.deleteFrom('nostr_events').where('sequence', 'in', some).execute()
}

async function insert(trx: Trx, placed: readonly Placed[]): Promise<void> {
  const rows = await trx
    .insertInto('nostr_events')
    .values(placed.map(({ event, place }) => eventRow(event, place)))
    .returning(['id', 'sequence'])
    .execute()
  const sequences = new Map(rows.map(({ id, sequence }) => [id, sequence]))
  const tags = placed.flatMap(({ event, place }) =>
    tagRows(event, { sequence: sequences.get(event.id)!, served: place.status === 'served' }),
  )
  for (const some of inChunks(tags, TAGS_AT_ONCE)) await trx.insertInto('nostr_tags').values(some).execute()
}
