/** Takes a client's message apart, as far as that is the same for all of them. @see NIP-01, "From client to relay" */
import { LIMITS } from './limits.ts'
import { refuse } from './refusal.ts'

export interface ClientMessage {
  /** `EVENT`, `REQ`, … */
  readonly type: string
  /** What follows the type. */
  readonly args: readonly unknown[]
  /** Id of its event or subscription, for the answer; `null` unless there is one. */
  readonly subject: string | null
}

/** @throws RelayRefusal `invalid:` */
export function parseMessage(text: string): ClientMessage {
  const [type, ...args] = listIn(text)
  if (typeof type !== 'string') throw refuse('invalid', 'a message is a JSON list that begins with its type')
  const isAboutEvent = type === 'EVENT' || type === 'AUTH'
  return { type, args, subject: isAboutEvent ? eventIdIn(args[0]) : subscriptionIdIn(args[0]) }
}

function listIn(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
  } catch {
    // the same to its sender as any other value that is no list
  }
  throw refuse('invalid', 'a message is a JSON list')
}

function eventIdIn(event: unknown): string | null {
  const { id } = (typeof event === 'object' && event !== null ? event : {}) as { id?: unknown }
  return typeof id === 'string' && id.length <= LIMITS.subscriptionIdChars ? id : null
}

function subscriptionIdIn(id: unknown): string | null {
  return typeof id === 'string' && id !== '' && id.length <= LIMITS.subscriptionIdChars ? id : null
}

/** @throws RelayRefusal `invalid:` */
export function subscriptionId({ subject }: ClientMessage): string {
  if (subject !== null) return subject
  throw refuse('invalid', `a subscription id has 1 to ${LIMITS.subscriptionIdChars} characters`)
}
