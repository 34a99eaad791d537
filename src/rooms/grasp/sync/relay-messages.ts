/** What relays say to their clients. @see NIP-01, "From relay to client"; NIP-77 */

export type RelayMessage =
  /** `event`: not looked at yet. */
  | { readonly type: 'EVENT'; readonly subscription: string; readonly event: unknown }
  | { readonly type: 'EOSE'; readonly subscription: string }
  | { readonly type: 'CLOSED'; readonly subscription: string; readonly reason: string }
  | { readonly type: 'NOTICE'; readonly text: string }
  /** `message`: hex digits. */
  | { readonly type: 'NEG-MSG'; readonly subscription: string; readonly message: string }
  | { readonly type: 'NEG-ERR'; readonly subscription: string; readonly reason: string }
  /** Nothing that a reader of events needs, such as `AUTH`. */
  | { readonly type: 'other' }

/** @returns `null`: that is no message of a relay */
export function parseRelayMessage(text: string): RelayMessage | null {
  const message = listOf(text)
  if (message === null) return null
  const [type, first, second] = message
  if (type === 'NOTICE') return { type, text: textOf(first) }
  if (typeof first !== 'string') return typeof type === 'string' ? { type: 'other' } : null
  switch (type) {
    case 'EVENT':
      return { type, subscription: first, event: second }
    case 'EOSE':
      return { type, subscription: first }
    case 'CLOSED':
    case 'NEG-ERR':
      return { type, subscription: first, reason: textOf(second) }
    case 'NEG-MSG':
      return { type, subscription: first, message: textOf(second) }
    default:
      return typeof type === 'string' ? { type: 'other' } : null
  }
}

/** Does it ask to be left alone for a while? There is no code for that: relays write it in words. */
export function asksForPatience(reason: string): boolean {
  return /rate.?limit|slow down|too (?:many|fast)/i.test(reason)
}

function listOf(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
