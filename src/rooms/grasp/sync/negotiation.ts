/** Finds out by questions and answers which events a relay has and this server lacks. @see NIP-77 */
import { MalformedReconciliation } from '../../../nostr/negentropy/wire.ts'
import type { Reconciled, Reconciliation } from '../../../nostr/negentropy/reconciliation.ts'
import { RelayFault } from './relay-fault.ts'

/** @returns the answer of the relay; `null`: it does not do that. Both are hex digits. */
export type AskRelay = (type: 'NEG-OPEN' | 'NEG-MSG', message: string) => Promise<string | null>

const MAX_ROUNDS = 64
/** The rest comes with the next comparison. */
const MAX_NEEDED = 100_000

/**
 * @returns ids that the relay claims to have; `null`: it does not do that
 * @throws RelayFault; what `ask` throws
 */
export async function negotiate(ask: AskRelay, ours: Reconciliation): Promise<readonly string[] | null> {
  const needed: string[] = []
  let answer = await ask('NEG-OPEN', ours.first().toString('hex'))
  for (let round = 0; answer !== null; round++) {
    const { message, need } = take(ours, answer)
    for (const id of need) needed.push(id)
    if (message === null || round === MAX_ROUNDS || needed.length >= MAX_NEEDED) return needed
    answer = await ask('NEG-MSG', message.toString('hex'))
  }
  return null
}

function take(ours: Reconciliation, answer: string): Reconciled {
  try {
    return ours.take(Buffer.from(answer, 'hex'))
  } catch (err) {
    if (!(err instanceof MalformedReconciliation)) throw err
    throw new RelayFault('misbehaved', 'what it says of its events has no meaning')
  }
}
