/** Reads an event out of JSON: its shape and its sizes. Whether it is genuine says the verifier: see verify/. */
import type { NostrEvent } from './event.ts'

/** Enough for a state of 2,000 branches and tags. */
export const MAX_TAGS = 2_500
export const MAX_TAG_VALUE_BYTES = 4_096
const MAX_KIND = 65_535

const HEX_32 = /^[0-9a-f]{64}$/
const HEX_64 = /^[0-9a-f]{128}$/
/** Half of a surrogate pair has no UTF-8, so no two programs agree on the hash of it. */
const LONE_SURROGATE = /\p{Cs}/u

/** What was sent is no event. The message says why, to whoever sent it, after `invalid: `. */
export class InvalidEvent extends Error {}

/**
 * Keeps the seven fields and nothing that stands beside them.
 *
 * @param value as `JSON.parse` gives it
 * @throws InvalidEvent
 * @see NIP-01, "Events and signatures"
 */
export function parseEvent(value: unknown): NostrEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidEvent('an event is an object')
  const { id, pubkey, created_at, kind, tags, content, sig } = value as Record<string, unknown>
  return {
    id: hexOf(id, 'id', HEX_32),
    pubkey: hexOf(pubkey, 'pubkey', HEX_32),
    created_at: numberOf(created_at, 'created_at', Number.MAX_SAFE_INTEGER),
    kind: numberOf(kind, 'kind', MAX_KIND),
    tags: tagsOf(tags),
    content: textOf(content, 'content'),
    sig: hexOf(sig, 'sig', HEX_64),
  }
}

function hexOf(value: unknown, field: string, form: RegExp): string {
  if (typeof value === 'string' && form.test(value)) return value
  throw new InvalidEvent(`${field} must be ${form === HEX_32 ? 64 : 128} lower-case hex digits`)
}

function numberOf(value: unknown, field: string, max: number): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= max) return Number(value)
  throw new InvalidEvent(`${field} must be a whole number from 0 to ${max}`)
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new InvalidEvent(`${field} must be a string`)
  if (LONE_SURROGATE.test(value)) throw new InvalidEvent(`${field} holds half of a surrogate pair`)
  return value
}

function tagsOf(value: unknown): string[][] {
  if (!Array.isArray(value)) throw new InvalidEvent('tags must be a list')
  if (value.length > MAX_TAGS) throw new InvalidEvent(`more than ${MAX_TAGS} tags`)
  return value.map(tagOf)
}

function tagOf(value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new InvalidEvent('a tag must be a list of one or more strings')
  return value.map(tagValueOf)
}

/** Without NUL, which not every database takes. */
function tagValueOf(value: unknown): string {
  const text = textOf(value, 'a tag')
  if (text.includes('\0')) throw new InvalidEvent('a tag holds a NUL character')
  if (Buffer.byteLength(text) > MAX_TAG_VALUE_BYTES)
    throw new InvalidEvent(`a tag holds a value of more than ${MAX_TAG_VALUE_BYTES} bytes`)
  return text
}
