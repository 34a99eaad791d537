/** `AUTH`: a client proves that it holds a key; it may prove several. @see NIP-42 */
import type { Clock } from '../../../kernel/ports.ts'
import { tagValues, type VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import type { Client } from './client.ts'
import { readEvent, verified, type VerifyEvent } from './event-message.ts'
import type { Handler } from './handler.ts'
import { BOUNDS } from './limits.ts'
import { refuse } from './refusal.ts'

export interface AuthMessageParts {
  readonly verify: VerifyEvent
  /** Of this relay, as clients reach it. */
  readonly relayUrl: URL
  readonly clock: Clock
}

const GOOD_FOR_SECONDS = 10 * 60

export function authMessage({ verify, relayUrl, clock }: AuthMessageParts): Handler {
  return async (client, { args: [value] }) => {
    const proof = await verified(readEvent(value), verify)
    checkProof(proof, client, relayUrl)
    if (Math.abs(proof.created_at - clock.now() / 1000) > GOOD_FOR_SECONDS)
      throw refuse('invalid', 'created_at is more than 10 minutes off')
    if (client.keys.size >= BOUNDS.keys) throw refuse('blocked', `more than ${BOUNDS.keys} keys`)
    client.keys.add(proof.pubkey)
    client.say('OK', proof.id, true, '')
  }
}

/** @throws RelayRefusal `invalid:` */
function checkProof(proof: VerifiedEvent, { challenge }: Client, relayUrl: URL): void {
  if (proof.kind !== KIND.clientAuth) throw refuse('invalid', `a proof is of kind ${KIND.clientAuth}`)
  if (!isOnly(tagValues(proof, 'challenge'), (value) => value === challenge))
    throw refuse('invalid', 'the challenge is not that of this connection')
  if (!isOnly(tagValues(proof, 'relay'), (value) => isSameRelay(value, relayUrl)))
    throw refuse('invalid', `the relay is not ${relayUrl.href}`)
}

function isOnly(values: readonly string[], fits: (value: string) => boolean): boolean {
  return values.length === 1 && values.every(fits)
}

/** Whether it is `ws` or `wss` is known to the proxy in front alone. */
function isSameRelay(text: string, relayUrl: URL): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, port, pathname } = new URL(text)
  if (protocol !== 'ws:' && protocol !== 'wss:') return false
  return hostname === relayUrl.hostname && port === relayUrl.port && pathname === relayUrl.pathname
}
