/** What is written of an event: its row, and a row for each of its tags that one can ask for. */
import { createHash } from 'node:crypto'
import type { Insertable } from 'kysely'
import { addressOf, eventJson, firstTag, identifierOf, type VerifiedEvent } from '../../nostr/event.ts'
import { KIND } from '../../nostr/kinds.ts'
import type { NostrEventRow, Schema } from '../schema.ts'
import type { EventSource } from './held-event.ts'

type NewEventRow = Insertable<Schema['nostr_events']>
type TagRow = Schema['nostr_tags']

export interface EventPlace {
  readonly status: NostrEventRow['status']
  readonly source: EventSource
  readonly receivedAt: number
  readonly waitsUntil: number | null
}

/** As many digits as a number holds exactly. */
const HEX_DIGITS = 13
const ONE_LETTER = /^[A-Za-z]$/
const SECONDS = /^\d{1,15}$/

export function eventRow(event: VerifiedEvent, place: EventPlace): NewEventRow {
  const json = eventJson(event)
  const identifier = identifierOf(event)
  return {
    id: event.id,
    pubkey: event.pubkey,
    kind: event.kind,
    created_at: event.created_at,
    tie: tieOf(event.id),
    identifier: identifier === null ? null : inColumn(identifier),
    address: addressColumn(event),
    bytes: Buffer.byteLength(json),
    status: place.status,
    source: place.source,
    received_at: place.receivedAt,
    waits_until: place.waitsUntil,
    expiration: expirationOf(event),
    json,
  }
}

/** Of its JSON. */
export function bytesOf(event: VerifiedEvent): number {
  return Buffer.byteLength(eventJson(event))
}

/** One for each pair of a name and a first value, however often it stands in the event. */
export function tagRows(event: VerifiedEvent, { sequence, served }: { sequence: number; served: boolean }) {
  return tagKeys(event).map((key): TagRow => ({
    event: sequence,
    key,
    served: served ? 1 : 0,
    created_at: event.created_at,
    tie: tieOf(event.id),
    kind: event.kind,
  }))
}

function tagKeys({ kind, pubkey, tags }: VerifiedEvent): number[] {
  const asDeletion = (name: string, value: string) => deletionKey(pubkey, name, value)
  const keysOf = kind === KIND.deletion ? [tagKey, asDeletion] : [tagKey]
  const keys = tags.flatMap(([name = '', value]) =>
    value !== undefined && ONE_LETTER.test(name) ? keysOf.map((keyOf) => keyOf(name, value)) : [],
  )
  return [...new Set(keys)]
}

/** Where an author's deletions are found by what they name, however many others name it or delete what is not theirs. */
export function deletionKey(pubkey: string, name: string, value: string): number {
  return tagKey(`${KIND.deletion} ${pubkey} ${name}`, value)
}

/**
 * By what a tag is found: 52 bits of a hash, so that values of any length and with any characters are found equally
 * fast. Who makes up another value of the same hash gets no further than with the value itself, which he may use too.
 */
export function tagKey(name: string, value: string): number {
  return leading(createHash('sha256').update(`${name}\0${value}`).digest('hex'))
}

/** Of events of one second the one with the lower id comes first, and has the lower tie. @see NIP-01, "limit" */
export function tieOf(id: string): number {
  return leading(id)
}

function leading(hex: string): number {
  return Number.parseInt(hex.slice(0, HEX_DIGITS), 16)
}

/**
 * As it is when it is read again: neither engine keeps half a surrogate pair, and PostgreSQL no NUL. Two names of one
 * author that differ in these alone count as one.
 */
export function inColumn(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\uFFFD')
}

/** Of what has no address it is `null`. */
export function addressColumn(event: VerifiedEvent): string | null {
  const address = addressOf(event)
  return address === null ? null : inColumn(address)
}

/** @see NIP-40 */
function expirationOf(event: VerifiedEvent): number | null {
  const value = firstTag(event, 'expiration')
  return value !== undefined && SECONDS.test(value) ? Number(value) : null
}
