/** `REQ` and `CLOSE`: subscriptions. @see NIP-01 */
import type { Filter } from '../../../nostr/filter.ts'
import type { Client } from './client.ts'
import { readFilters, withLimit } from './filters.ts'
import type { Handler } from './handler.ts'
import { BOUNDS, LIMITS } from './limits.ts'
import { subscriptionId } from './parse-message.ts'
import { refuse } from './refusal.ts'
import { Subscription } from './subscription.ts'
import type { SubscriptionIndex } from './subscription-index.ts'

export interface ReqMessageParts {
  readonly subscriptions: SubscriptionIndex
  readonly store: {
    /** JSON of the events that are served, newest first, each once, page by page. */
    pages(filters: readonly Filter[], opts: { readonly limit: number }): AsyncIterable<readonly string[]>
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
    await subscription.begin(store.pages(filters.map(withLimit), { limit: LIMITS.events }))
  }
}

/** Not answered. */
export function closeMessage({ subscriptions }: Pick<ReqMessageParts, 'subscriptions'>): Handler {
  return (client, message) => subscriptions.close(client, subscriptionId(message))
}

function checkRoom({ subscriptions }: Client, { chars }: Subscription): void {
  if (subscriptions.size >= LIMITS.subscriptions)
    throw refuse('blocked', `more than ${LIMITS.subscriptions} subscriptions; close one first`)
  const open = [...subscriptions.values()].reduce((sum, other) => sum + other.chars, 0)
  if (open + chars > BOUNDS.filterChars)
    throw refuse(
      'blocked',
      'the filters of this connection are too long together; close a subscription first',
    )
}
