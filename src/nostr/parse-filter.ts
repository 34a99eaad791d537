/** Reads a filter out of JSON. What it does not understand it refuses: passed over, it would match too much. */
import type { Filter } from './filter.ts'

export const MAX_FILTER_VALUES = 1_000
/** Of all its lists together. */
export const MAX_VALUES_TOGETHER = 2_000
export const MAX_FILTER_VALUE_BYTES = 4_096
const MAX_KIND = 65_535

const HEX_32 = /^[0-9a-f]{64}$/
const TAG_FIELD = /^#([A-Za-z])$/

/** What was sent is no filter. The message says why, to whoever sent it, after `invalid: `. */
export class InvalidFilter extends Error {}

type Fields = { -readonly [Field in keyof Filter]: Filter[Field] } & { tags: Map<string, readonly string[]> }

/**
 * Ids and keys are whole: the beginning of one matches nothing.
 *
 * @param value as `JSON.parse` gives it
 * @throws InvalidFilter
 * @see NIP-01, "filters"
 */
export function parseFilter(value: unknown): Filter {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidFilter('a filter is an object')
  const fields: Fields = { tags: new Map() }
  for (const [field, said] of Object.entries(value)) readField(fields, field, said)
  const { tags, ...rest } = fields
  const lists = [rest.ids, rest.authors, rest.kinds, ...tags.values()]
  if (lists.reduce((sum, list) => sum + (list?.length ?? 0), 0) > MAX_VALUES_TOGETHER)
    throw new InvalidFilter(`its lists have more than ${MAX_VALUES_TOGETHER} values together`)
  return tags.size === 0 ? rest : { ...rest, tags }
}

function readField(into: Fields, field: string, value: unknown): void {
  switch (field) {
    case 'ids':
    case 'authors':
      into[field] = listOf(value, field, isHexId, '64 lower-case hex digits')
      break
    case 'kinds':
      into.kinds = listOf(value, field, isKind, `whole numbers from 0 to ${MAX_KIND}`)
      break
    case 'since':
    case 'until':
    case 'limit':
      into[field] = wholeNumber(value, field)
      break
    default:
      into.tags.set(tagName(field), listOf(value, field, isShortText, 'short strings'))
  }
}

function tagName(field: string): string {
  const name = TAG_FIELD.exec(field)?.[1]
  if (name === undefined) throw new InvalidFilter(`unknown field ${JSON.stringify(field.slice(0, 32))}`)
  return name
}

function listOf<T>(value: unknown, field: string, isOne: (one: unknown) => one is T, what: string): T[] {
  if (!Array.isArray(value)) throw new InvalidFilter(`${field} must be a list`)
  if (value.length > MAX_FILTER_VALUES)
    throw new InvalidFilter(`${field} lists more than ${MAX_FILTER_VALUES} values`)
  if (!value.every(isOne)) throw new InvalidFilter(`${field} must list ${what}`)
  return [...new Set(value)]
}

function isHexId(value: unknown): value is string {
  return typeof value === 'string' && HEX_32.test(value)
}

function isKind(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_KIND
}

/** No tag that is held has a NUL in it, and not every database takes one. */
function isShortText(value: unknown): value is string {
  if (typeof value !== 'string' || value.includes('\0')) return false
  return Buffer.byteLength(value) <= MAX_FILTER_VALUE_BYTES
}

function wholeNumber(value: unknown, field: string): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value)
  throw new InvalidFilter(`${field} must be a whole number that is not negative`)
}
