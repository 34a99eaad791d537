/** Carries an event that is served from now on to everybody who listens for it. */
import { eventJson, type VerifiedEvent } from '../../../nostr/event.ts'
import type { SubscriptionIndex } from './subscription-index.ts'
import type { Listener } from './subscription.ts'

/** Its JSON is written once, and a connection with several subscriptions is written to once. */
export function deliver(event: VerifiedEvent, subscriptions: SubscriptionIndex): void {
  const matching = subscriptions.matching(event)
  if (matching.size === 0) return
  const json = eventJson(event)
  const told = new Set<Listener>()
  for (const subscription of matching) {
    const { client } = subscription
    if (!told.has(client)) client.cork()
    told.add(client)
    subscription.tell(event, json)
  }
  for (const client of told) client.uncork()
}
