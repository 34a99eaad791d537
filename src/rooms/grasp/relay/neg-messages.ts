/** `NEG-OPEN`, `NEG-MSG` and `NEG-CLOSE`: which events only one of the two has. @see NIP-77 */
import { answerReconciliation } from '../../../nostr/negentropy/answer.ts'
import { MalformedReconciliation } from '../../../nostr/negentropy/wire.ts'
import type { Client, Reconciling } from './client.ts'
import type { EventSets } from './event-sets.ts'
import { checkFilterRoom, paidBy, readFilter } from './filters.ts'
import type { Handler } from './handler.ts'
import { BOUNDS } from './limits.ts'
import { subscriptionId } from './parse-message.ts'
import { refuse } from './refusal.ts'

export interface NegMessagesParts {
  readonly sets: EventSets
}

const HEX = /^(?:[0-9a-f]{2})+$/i

/** A comparison of the same id is replaced. */
export function negOpenMessage({ sets }: NegMessagesParts): Handler {
  return async (client, message) => {
    const id = subscriptionId(message)
    const [, given, hex] = message.args
    client.reconciliations.delete(id)
    if (client.reconciliations.size >= BOUNDS.reconciliations)
      throw refuse('blocked', `more than ${BOUNDS.reconciliations} comparisons; close one first`)
    const filter = readFilter(given)
    const text = JSON.stringify(given)
    const reconciling = { filter, chars: text.length, set: sets.nameOf(text) }
    checkFilterRoom(client, text.length)
    client.reconciliations.set(id, reconciling)
    await answer(client, id, reconciling, hex, sets)
  }
}

export function negMsgMessage({ sets }: NegMessagesParts): Handler {
  return async (client, message) => {
    const id = subscriptionId(message)
    const reconciling = client.reconciliations.get(id)
    if (!reconciling) throw refuse('closed', 'there is no comparison of this id')
    await answer(client, id, reconciling, message.args[1], sets)
  }
}

/** Not answered. */
export function negCloseMessage(): Handler {
  return (client, message) => void client.reconciliations.delete(subscriptionId(message))
}

async function answer(client: Client, id: string, reconciling: Reconciling, hex: unknown, sets: EventSets) {
  if (typeof hex !== 'string' || !HEX.test(hex)) throw refuse('invalid', 'the message must be hex')
  const vector = await sets.vectorOf(reconciling, paidBy(client))
  if (client.reconciliations.get(id) !== reconciling) return
  try {
    client.say('NEG-MSG', id, answerReconciliation(vector, Buffer.from(hex, 'hex')).toString('hex'))
  } catch (err) {
    if (err instanceof MalformedReconciliation) throw refuse('invalid', err.message)
    throw err
  }
}
