/** Filters of a message, each with a limit that this relay keeps. */
import type { Filter } from '../../../nostr/filter.ts'
import { InvalidFilter, parseFilter } from '../../../nostr/parse-filter.ts'
import type { Client } from './client.ts'
import { BOUNDS, LIMITS } from './limits.ts'
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

/** Ends a question that makes more work than its client may still ask for. */
export function paidBy(client: Client): (rows: number) => void {
  return (rows) => {
    if (!client.spendRows(rows)) throw refuse('rate-limited', 'ask for less at a time, or again in a minute')
  }
}

/**
 * Subscriptions and comparisons keep their filters as long as they are open.
 *
 * @param chars size of the filters that come, in characters
 * @throws RelayRefusal `blocked:`
 */
export function checkFilterRoom({ subscriptions, reconciliations }: Client, chars: number): void {
  const kept = [...subscriptions.values(), ...reconciliations.values()]
  if (kept.reduce((sum, other) => sum + other.chars, 0) + chars > BOUNDS.filterChars)
    throw refuse('blocked', 'the filters of this connection are too long together; close one first')
}

/** As the store is asked. */
export function withLimit(filter: Filter): Filter {
  return { ...filter, limit: Math.min(filter.limit ?? LIMITS.eventsByDefault, LIMITS.events) }
}
