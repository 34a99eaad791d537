/** Whether a URL names this service, exactly: host, port and path, and not only somewhere in its text. @see GRASP-01 */
import { npubOf } from '../../nostr/npub.ts'

export interface ServedRepository {
  /** Hex. */
  readonly owner: string
  readonly identifier: string
  readonly form: 'announced' | 'contributed'
}

export interface Service {
  /** `ws:` or `wss:`, of the relay here. */
  readonly isRelay: (url: string) => boolean
  /** `http:` or `https:`, of exactly this repository here. */
  readonly isClone: (url: string, repository: ServedRepository) => boolean
  /** Of anything at all here: what this server would be asking itself. */
  readonly isHere: (url: string) => boolean
}

/** What a URL parser takes away or turns into a slash, so that two texts that differ name the same. @see WHATWG URL */
const SILENTLY_CHANGED = /[\x00-\x1f\x7f\\]|^\s|\s$/
const WEB = new Set(['http:', 'https:'])
const SOCKET = new Set(['ws:', 'wss:'])

/** @param baseUrl of this server as others reach it; TLS may end before it, so the scheme may be either one */
export function serviceAt(baseUrl: string): Service {
  const base = new URL(baseUrl)
  const root = withoutSlash(base.pathname)
  const pathHere = (text: string, schemes: ReadonlySet<string>): string | null => {
    const url = SILENTLY_CHANGED.test(text) ? null : parse(text)
    if (!url || !schemes.has(url.protocol) || url.host !== base.host) return null
    const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
    const path = withoutSlash(url.pathname)
    return isPlain && (path === root || path.startsWith(`${root}/`)) ? path.slice(root.length) : null
  }
  return {
    isRelay: (url) => pathHere(url, SOCKET) === '',
    isClone: (url, repository) => {
      const path = pathHere(url, WEB)
      return path !== null && namesRepository(path, repository)
    },
    isHere: (text) => parse(text)?.host === base.host,
  }
}

function namesRepository(path: string, { owner, identifier, form }: ServedRepository): boolean {
  const prefix = form === 'announced' ? `/${npubOf(owner)}/` : `/prs/${npubOf(owner)}/`
  const name = path.startsWith(prefix) ? path.slice(prefix.length) : ''
  return name.endsWith('.git') && !name.includes('/') && decoded(name.slice(0, -4)) === identifier
}

function parse(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

/** Once, as a git client's request is. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
