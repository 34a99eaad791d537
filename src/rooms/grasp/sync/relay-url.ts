/** Addresses of relays, as events name them. Whether one may be connected to is the guard's business. */

const MAX_CHARS = 512

/** @returns one form for each address; `null` for what is none, or holds a password */
export function parseRelayUrl(text: string): string | null {
  if (text.length > MAX_CHARS || !URL.canParse(text)) return null
  const url = new URL(text)
  const isRelay = url.protocol === 'ws:' || url.protocol === 'wss:'
  if (!isRelay || url.username !== '' || url.password !== '' || url.hash !== '') return null
  return url.href
}

/** The same with `http`, for whoever knows nothing of relays. */
export function httpUrlOf(relay: string): URL {
  return new URL(relay.replace(/^ws/, 'http'))
}
