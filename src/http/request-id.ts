/** The id under which a request can be found in logs: the client's own, if it is harmless. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** At most 128 visible ASCII characters. */
const ACCEPTABLE = /^[\x21-\x7e]{1,128}$/
/** Tokens of ours and signed ones: a client that mixes up its headers must not find them in our log. */
const CREDENTIAL = /slc_[a-z]|eyJ[\w-]*\./

export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && isHarmless(given) ? given : randomUUID()
}

function isHarmless(id: string): boolean {
  return ACCEPTABLE.test(id) && !CREDENTIAL.test(id)
}
