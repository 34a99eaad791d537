/**
 * Events by which a caller proves to hold a key: signed for one repository and one minute, carried by every request
 * of a clone or a push. Says nothing about what the holder may do. @see NIP-98, GRASP-08
 */
import type { Clock } from '../../../kernel/ports.ts'
import { firstTag, type NostrEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { InvalidEvent, parseEvent } from '../../../nostr/parse-event.ts'
import type { Verifier } from '../../../nostr/verify/verifier.ts'
import type { Service } from '../service.ts'
import { repositoryInPath } from './repository-path.ts'

const MAX_AGE_SECONDS = 60
const BASE64_OF_JSON = /^ey[A-Za-z0-9+/_-]{200,}=*$/

export interface HttpAuthParts {
  readonly verifier: Pick<Verifier, 'verify'>
  readonly service: Pick<Service, 'isClone'>
  readonly clock: Clock
}

/**
 * @param token base64 of an event
 * @param target path and query of the request that carries it
 * @returns the key, hex; `null` unless it is proven
 * @throws AppError `UNAVAILABLE`
 */
export type ProvenKey = (token: string, target: string) => Promise<string | null>

/** One event serves every request to its repository, `GET` or `POST`, until its time is over. */
export function provenKeys({ verifier, service, clock }: HttpAuthParts): ProvenKey {
  return async (token, target) => {
    const served = repositoryInPath(target)
    const event = parseToken(token)
    if (served === null || event === null) return null
    const isNow = Math.abs(clock.now() / 1_000 - event.created_at) <= MAX_AGE_SECONDS
    const isHere = service.isClone(firstTag(event, 'u') ?? '', served)
    const isProof = event.kind === KIND.httpAuth && firstTag(event, 'method') === 'GET'
    if (!isNow || !isHere || !isProof) return null
    return (await verifier.verify(event))?.pubkey ?? null
  }
}

/** Does it look like one? As a password it comes without the name of its scheme; tokens have a dot or are shorter. */
export function looksLikeProof(secret: string): boolean {
  return BASE64_OF_JSON.test(secret)
}

function parseToken(token: string): NostrEvent | null {
  try {
    return parseEvent(JSON.parse(Buffer.from(token, 'base64').toString()))
  } catch (err) {
    if (err instanceof SyntaxError || err instanceof InvalidEvent) return null
    throw err
  }
}
