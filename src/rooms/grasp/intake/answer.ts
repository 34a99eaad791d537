/** What is said to whoever brings an event. @see NIP-01, "OK" */
import type { VerifiedEvent } from '../../../nostr/event.ts'

export interface Answer {
  readonly accepted: boolean
  /** Empty, or a machine-readable word, a colon and a sentence: `invalid: …`, `purgatory: …`. */
  readonly message: string
}

/** Who brings it: a client of this relay, or this server from another relay. */
export type Bringer =
  | {
      readonly source: 'client'
      /** Network address. */
      readonly address: string
      /** Keys that the connection has proven to hold. @see NIP-42 */
      readonly keys: ReadonlySet<string>
    }
  | { readonly source: 'sync' }

/** Takes an event in, or says why not. What is accepted is on disk; who may be shown it has been told. */
export type TakeEvent = (event: VerifiedEvent, from: Bringer) => Promise<Answer>

/** Words that clients know; `purgatory` is of GRASP-01. */
type Prefix = 'invalid' | 'blocked' | 'restricted' | 'rate-limited' | 'duplicate' | 'purgatory'

export const SERVED: Answer = { accepted: true, message: '' }
export const IN_PURGATORY = accept('purgatory', "won't be served until git data arrives")
export const SUPERSEDED = refuse('duplicate', 'a newer event of this address is known')

export function accept(prefix: Prefix, sentence: string): Answer {
  return { accepted: true, message: `${prefix}: ${sentence}` }
}

export function refuse(prefix: Prefix, sentence: string): Answer {
  return { accepted: false, message: `${prefix}: ${sentence}` }
}
