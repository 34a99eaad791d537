/** Filters of a message, each with a limit that this relay keeps. */
import type { Filter } from '../../../nostr/filter.ts'
import { InvalidFilter, parseFilter } from '../../../nostr/parse-filter.ts'
import { LIMITS } from './limits.ts'
import { refuse } from './refusal.ts'

/** @throws RelayRefusal `invalid:` */
export function readFilters(values: readonly unknown[]): readonly Filter[] {
  if (values.length === 0) throw refuse('invalid', 'a filter is missing')
  if (values.length > LIMITS.filters) throw refuse('invalid', `more than ${LIMITS.filters} filters`)
  return values.map(readFilter)
}

/** @throws RelayRefusal `invalid:` */
export function readFilter(value: unknown): Filter {
  try {
    return parseFilter(value)
  } catch (err) {
    if (err instanceof InvalidFilter) throw refuse('invalid', err.message)
    throw err
  }
}

/** As the store is asked. */
export function withLimit(filter: Filter): Filter {
  return { ...filter, limit: Math.min(filter.limit ?? LIMITS.eventsByDefault, LIMITS.events) }
}
