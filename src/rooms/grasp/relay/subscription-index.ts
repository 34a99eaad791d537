/** All subscriptions of all clients; finds those that an event is for without asking each of them. */
import type { NostrEvent } from '../../../nostr/event.ts'
import { matches, type Filter } from '../../../nostr/filter.ts'
import type { Listener, Subscription } from './subscription.ts'

/** Of filters that name nothing that an event could be found by. */
const ANY = 'any'

export class SubscriptionIndex {
  readonly #byKey = new Map<string, Set<Subscription>>()

  open(subscription: Subscription): void {
    subscription.client.subscriptions.set(subscription.id, subscription)
    for (const key of keysOf(subscription)) {
      const those = this.#byKey.get(key)
      if (those) those.add(subscription)
      else this.#byKey.set(key, new Set([subscription]))
    }
  }

  /** Does nothing when there is none of that id. */
  close({ subscriptions }: Listener, id: string): void {
    const subscription = subscriptions.get(id)
    if (!subscription) return
    subscriptions.delete(id)
    for (const key of keysOf(subscription)) {
      const those = this.#byKey.get(key)
      those?.delete(subscription)
      if (those?.size === 0) this.#byKey.delete(key)
    }
  }

  /** Of a client that is gone. */
  closeAll(client: Listener): void {
    for (const id of [...client.subscriptions.keys()]) this.close(client, id)
  }

  /** Each once. */
  matching(event: NostrEvent): ReadonlySet<Subscription> {
    const found = new Set<Subscription>()
    for (const key of keysOfEvent(event)) {
      for (const subscription of this.#byKey.get(key) ?? []) {
        if (found.has(subscription)) continue
        if (subscription.filters.some((filter) => matches(filter, event))) found.add(subscription)
      }
    }
    return found
  }
}

function keysOf({ filters }: Subscription): ReadonlySet<string> {
  return new Set(filters.flatMap(keysOfFilter))
}

/** By what fewest events have in common; one key for each value, any of which the event must have. */
function keysOfFilter({ ids, tags, authors, kinds }: Filter): readonly string[] {
  if (ids) return ids.map((id) => `id ${id}`)
  const [tag] = [...(tags ?? [])].toSorted(([, a], [, b]) => a.length - b.length)
  if (tag) return tag[1].map((value) => `#${tag[0]} ${value}`)
  if (authors) return authors.map((author) => `author ${author}`)
  return kinds ? kinds.map((kind) => `kind ${kind}`) : [ANY]
}

function keysOfEvent({ id, pubkey, kind, tags }: NostrEvent): ReadonlySet<string> {
  const tagKeys = tags.flatMap(([name = '', value = '']) => (name.length === 1 ? [`#${name} ${value}`] : []))
  return new Set([`id ${id}`, ...tagKeys, `author ${pubkey}`, `kind ${kind}`, ANY])
}
