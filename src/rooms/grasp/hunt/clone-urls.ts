/** Which of the URLs that events name may be asked for git data at all. Where their hosts lie is the guard's business. */
import type { NostrEvent } from '../../../nostr/event.ts'
import type { Service } from '../service.ts'

/** A hunt asks no more: events may name any number. */
const MAX_URLS = 16
const MAX_CHARS = 2_048
/** Ports below 1024 belong to other protocols, which are not to be spoken to in the name of somebody else. */
const FIRST_FREE_PORT = 1_024
const WEB_PORTS = new Set(['', '80', '443'])

/** Everything that the `clone` tags of an event hold, as written. @see NIP-34 */
export function cloneTexts({ tags }: Pick<NostrEvent, 'tags'>): string[] {
  return tags.flatMap(([name, ...values]) => (name === 'clone' ? values : []))
}

/** http and https, without a credential, a query or a fragment; not this server's own; each once, in order. */
export function cloneUrls(texts: Iterable<string>, { isHere }: Pick<Service, 'isHere'>): readonly URL[] {
  const urls = new Map<string, URL>()
  for (const text of texts) {
    const url = urls.size < MAX_URLS ? parseCloneUrl(text) : null
    if (url !== null && !isHere(url.href)) urls.set(url.href, url)
  }
  return [...urls.values()]
}

/** @returns `null` for what is no plain address of the web */
export function parseCloneUrl(text: string): URL | null {
  if (text.length > MAX_CHARS || !URL.canParse(text)) return null
  const url = new URL(text)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  const isWebPort = WEB_PORTS.has(url.port) || Number(url.port) >= FIRST_FREE_PORT
  return isWeb && isPlain && isWebPort ? url : null
}
