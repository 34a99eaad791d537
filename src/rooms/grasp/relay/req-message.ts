/** `REQ` and `CLOSE`: subscriptions. @see NIP-01 */
import type { Filter } from '../../../nostr/filter.ts'
import type { Client } from './client.ts'
import { checkFilterRoom, paidBy, readFilters, withLimit } from './filters.ts'
import type { Handler } from './handler.ts'
import { LIMITS } from './limits.ts'
import { subscriptionId } from './parse-message.ts'
import { refuse } from './refusal.ts'
import { Subscription } from './subscription.ts'
import type { SubscriptionIndex } from './subscription-index.ts'

export interface ReqMessageParts {
  readonly subscriptions: SubscriptionIndex
  readonly store: {
    /** JSON of the events that are served, newest first, each once, page by page. */
    pages(
      filters: readonly Filter[],
      opts: { readonly limit: number; readonly looked: (rows: number) => void },
    ): AsyncIterable<readonly string[]>
  }
}

/** A subscription of the same id is replaced. */
export function reqMessage({ subscriptions, store }: ReqMessageParts): Handler {
  return async (client, message) => {
    const id = subscriptionId(message)
    subscriptions.close(client, id)
    const given = message.args.slice(1)
    const filters = readFilters(given)
    const subscription = new Subscription({ client, id, filters, chars: JSON.stringify(given).length })
    checkRoom(client, subscription)
    subscriptions.open(subscription)
    const opts = { limit: LIMITS.events, looked: paidBy(client) }
    await subscription.begin(store.pages(filters.map(withLimit), opts))
  }
}

/** Not answered. */
export function closeMessage({ subscriptions }: Pick<ReqMessageParts, 'subscriptions'>): Handler {
  return (client, message) => subscriptions.close(client, subscriptionId(message))
}

function checkRoom(client: Client, { chars }: Subscription): void {
  if (client.subscriptions.size >= LIMITS.subscriptions)
    throw refuse('blocked', `more than ${LIMITS.subscriptions} subscriptions; close one first`)
  checkFilterRoom(client, chars)
}
