/** `EVENT`: read, verified, and only then looked at. @see NIP-01 */
import type { NostrEvent, VerifiedEvent } from '../../../nostr/event.ts'
import { InvalidEvent, parseEvent } from '../../../nostr/parse-event.ts'
import type { TakeEvent } from '../intake/answer.ts'
import { checkBringer } from './check-bringer.ts'
import type { Handler } from './handler.ts'
import { LIMITS } from './limits.ts'
import { refuse, RelayRefusal } from './refusal.ts'

/** `null`: its id or its signature is wrong. */
export type VerifyEvent = (event: NostrEvent) => Promise<VerifiedEvent | null>

export interface EventMessageParts {
  readonly verify: VerifyEvent
  readonly take: TakeEvent
}

/** Events of one connection are verified side by side, and taken so where their order does not matter. */
export function eventMessage({ verify, take }: EventMessageParts): Handler {
  return async (client, { args: [value] }) => {
    const event = readEvent(value)
    const genuine = verified(event, verify)
    genuine.catch(() => {}) // it is waited for below, in turn
    await client.events.run(event, async () => {
      const { address, keys } = client
      const taken = await genuine
      checkBringer(taken, keys)
      const { accepted, message } = await take(taken, { source: 'client', address, keys })
      if (!accepted) throw new RelayRefusal(message)
      client.say('OK', event.id, true, message)
    })
  }
}

/** @throws RelayRefusal `invalid:` */
export function readEvent(value: unknown): NostrEvent {
  try {
    const event = parseEvent(value)
    if (event.content.length <= LIMITS.contentChars) return event
  } catch (err) {
    if (err instanceof InvalidEvent) throw refuse('invalid', err.message)
    throw err
  }
  throw refuse('invalid', `content has more than ${LIMITS.contentChars} characters`)
}

/** @throws RelayRefusal `invalid:` */
export async function verified(event: NostrEvent, verify: VerifyEvent): Promise<VerifiedEvent> {
  const genuine = await verify(event)
  if (genuine === null) throw refuse('invalid', 'the id is not that of the event, or the signature is wrong')
  return genuine
}
