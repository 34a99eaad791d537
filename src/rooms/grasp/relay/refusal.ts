/** A message that is not answered as its sender hoped, and how each kind of message is told so. */

/** Said to the client: a word of NIP-01, a colon, and why. */
export class RelayRefusal extends Error {}

export type Prefix =
  'auth-required' | 'blocked' | 'closed' | 'error' | 'invalid' | 'rate-limited' | 'restricted'

/** @see NIP-01, "Machine-readable prefixes" */
export function refuse(prefix: Prefix, why: string): RelayRefusal {
  return new RelayRefusal(`${prefix}: ${why}`)
}

/**
 * @param type of the message that is refused
 * @param subject id of its event or subscription; `null`: it has none that can be named
 * @see NIP-01, NIP-42, NIP-45, NIP-77
 */
export function refusalMessage(type: string, subject: string | null, message: string): readonly unknown[] {
  if (subject === null) return ['NOTICE', message]
  switch (type) {
    case 'EVENT':
    case 'AUTH':
      return ['OK', subject, false, message]
    case 'REQ':
    case 'COUNT':
      return ['CLOSED', subject, message]
    case 'NEG-OPEN':
    case 'NEG-MSG':
      return ['NEG-ERR', subject, message]
    default:
      return ['NOTICE', message]
  }
}
