/** What a subscription asks for, and whether an event is that. @see NIP-01, "filters" */
import type { NostrEvent } from './event.ts'

export interface Filter {
  readonly ids?: readonly string[]
  readonly authors?: readonly string[]
  readonly kinds?: readonly number[]
  /** One of the values under each name must stand in a tag of that name; names are one letter, without `#`. */
  readonly tags?: ReadonlyMap<string, readonly string[]>
  /** Seconds since 1970, both ends included. */
  readonly since?: number
  readonly until?: number
  /** Of what is stored; nothing of what comes later. */
  readonly limit?: number
}

export function matches(filter: Filter, event: NostrEvent): boolean {
  if (filter.ids && !filter.ids.includes(event.id)) return false
  if (filter.authors && !filter.authors.includes(event.pubkey)) return false
  if (filter.kinds && !filter.kinds.includes(event.kind)) return false
  if (filter.since !== undefined && event.created_at < filter.since) return false
  if (filter.until !== undefined && event.created_at > filter.until) return false
  for (const [name, values] of filter.tags ?? []) {
    if (!event.tags.some(([tag, value]) => tag === name && value !== undefined && values.includes(value)))
      return false
  }
  return true
}
