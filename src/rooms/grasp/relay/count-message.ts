/** `COUNT`: how many events of the store match. @see NIP-45 */
import type { Filter } from '../../../nostr/filter.ts'
import { paidBy, readFilters } from './filters.ts'
import type { Handler } from './handler.ts'
import { subscriptionId } from './parse-message.ts'

export interface CountMessageParts {
  readonly store: {
    /** `approximate`: there are at least so many. */
    count(
      filters: readonly Filter[],
      opts: { readonly looked: (rows: number) => void },
    ): Promise<{ readonly count: number; readonly approximate: boolean }>
  }
}

export function countMessage({ store }: CountMessageParts): Handler {
  return async (client, message) => {
    const id = subscriptionId(message)
    const filters = readFilters(message.args.slice(1))
    const { count, approximate } = await store.count(filters, { looked: paidBy(client) })
    client.say('COUNT', id, approximate ? { count, approximate } : { count })
  }
}
