/** Turns events into deliveries for the webhooks that ask for them. Sends nothing itself. */
import type { StoredEvent } from '../../../kernel/events.ts'
import type { Deliveries } from '../../../store/deliveries/deliveries.ts'
import type { Line } from '../../../store/deliveries/delivery.ts'
import type { Trx } from '../../../store/database.ts'
import type { Hook } from '../../../store/hooks/hook.ts'
import type { Subscriber } from '../../../store/log/hand-over.ts'
import { asksFor, mayBeAskedFor } from './hook-filter.ts'

export interface WebhookSubscriberParts {
  readonly hooksAsking: (of: {
    readonly repoIds: readonly string[]
    readonly orgIds: readonly string[]
  }) => Promise<readonly Hook[]>
  readonly deliveries: Pick<Deliveries, 'add'>
  readonly wakeLines: (trx: Trx, lines: readonly Line[]) => Promise<void>
}

export function webhookSubscriber(parts: WebhookSubscriberParts): Subscriber {
  return {
    name: 'webhooks',
    from: 'end',
    concerns: mayBeAskedFor,
    prepare: async (events) => {
      const hooks = await parts.hooksAsking(ownersOf(events))
      const wanted = events.flatMap((event) =>
        hooks.filter((hook) => asksFor(hook, event)).map((hook) => ({ receiver: hook.id, event })),
      )
      if (wanted.length === 0) return null
      const lines = wanted.map(({ receiver, event }) => ({ receiver, repoId: event.repoId }))
      return async (trx) => {
        await parts.deliveries.add(trx, wanted)
        await parts.wakeLines(trx, lines)
      }
    },
  }
}

function ownersOf(events: readonly StoredEvent[]): { repoIds: string[]; orgIds: string[] } {
  const repoIds = new Set(events.flatMap(({ repoId }) => repoId ?? []))
  const orgIds = new Set(events.flatMap(({ orgId }) => orgId ?? []))
  return { repoIds: [...repoIds], orgIds: [...orgIds] }
}
