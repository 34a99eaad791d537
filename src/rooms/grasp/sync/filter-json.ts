/** A filter as it goes over the wire. @see NIP-01, "filters" */
import type { Filter } from '../../../nostr/filter.ts'

export function filterJson({ tags, ...rest }: Filter): Readonly<Record<string, unknown>> {
  return { ...rest, ...Object.fromEntries([...(tags ?? [])].map(([name, values]) => [`#${name}`, values])) }
}
