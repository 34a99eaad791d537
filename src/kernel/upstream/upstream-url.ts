/** The URLs that an upstream can have, in one form each. Whether they may be connected to: see open-remote.ts. */

export type UpstreamUrl =
  | {
      readonly kind: 'ssh'
      readonly user: string
      /** An IPv6 address stands in brackets. */
      readonly host: string
      readonly port: number
      /** As the server is told it: relative to the home of `user` unless it begins with a slash. */
      readonly path: string
    }
  | { readonly kind: 'https'; readonly host: string; readonly url: URL }

const MAX_CHARS = 2048
export const SSH_PORT = 22

const HOST = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])`
const USER = String.raw`[A-Za-z0-9_][A-Za-z0-9._-]*`
const SSH_FORM = new RegExp(`^ssh://(?:(${USER})@)?(${HOST})(?::([0-9]{1,5}))?(/.*)$`, 'i')
/** @see git-fetch(1), GIT URLS */
const SCP_FORM = new RegExp(`^(?:(${USER})@)?(${HOST}):(?!//)(.+)$`)
/** git decodes `%` in some forms and shells read quotes: neither is let in. */
const PATH = /^[\p{L}\p{N}._~/+@=,-]+$/u

/** @returns what is wrong with it in words that repeat nothing of it, or `null` */
export function upstreamUrlFault(text: string): string | null {
  const parsed = parse(text)
  return typeof parsed === 'string' ? parsed : null
}

/** @throws Error unless `upstreamUrlFault` finds nothing in it */
export function parseUpstreamUrl(text: string): UpstreamUrl {
  const parsed = parse(text)
  if (typeof parsed === 'string') throw new Error(`not the URL of an upstream: it ${parsed}`)
  return parsed
}

/** In one form: `ssh://user@host/path`, `user@host:path` where the path is relative, or `https://host/path`. */
export function writeUpstreamUrl(url: UpstreamUrl): string {
  if (url.kind === 'https') return url.url.href
  const { user, host, port, path } = url
  const isAbsolute = path.startsWith('/') || path.startsWith('~')
  if (!isAbsolute && port === SSH_PORT) return `${user}@${host}:${path}`
  const place = port === SSH_PORT ? host : `${host}:${port}`
  return `ssh://${user}@${place}${path.startsWith('/') ? '' : '/'}${path}`
}

function parse(text: string): UpstreamUrl | string {
  if (text.length > MAX_CHARS) return `is longer than ${MAX_CHARS} characters`
  if (/[\x00-\x20\x7f]/.test(text)) return 'holds a space or a control character'
  if (/^https:/i.test(text)) return parseHttps(text)
  const ssh = SSH_FORM.exec(text)
  if (ssh) return parseSsh(ssh[1], ssh[2]!, ssh[3], ssh[4]!.replace(/^\/(?=~)/, ''))
  if (/^http:/i.test(text)) return 'is http, over which anybody on the way reads credentials: use https'
  if (text.includes('://') || text.includes('::')) return NO_FORM
  const scp = SCP_FORM.exec(text)
  return scp ? parseSsh(scp[1], scp[2]!, undefined, scp[3]!) : NO_FORM
}

const NO_FORM = 'is none of ssh://git@host/path, git@host:path and https://host/path'

function parseSsh(
  user: string | undefined,
  host: string,
  port = String(SSH_PORT),
  path: string,
): UpstreamUrl | string {
  if (user === undefined) return 'names no user: ssh://git@… or git@…'
  if (Number(port) < 1 || Number(port) > 65_535) return 'has a port that is none'
  const fault = pathFault(path)
  if (fault !== null) return fault
  return { kind: 'ssh', user, host: host.toLowerCase(), port: Number(port), path: path.replace(/\/+$/, '') }
}

function pathFault(path: string): string | null {
  const segments = path.replace(/^\//, '').replace(/\/+$/, '').split('/')
  if (segments[0] === '') return 'has no path'
  if (!PATH.test(path)) return 'has a character in its path that no repository has'
  if (/^-|^\/~/.test(path)) return 'has a path that looks like an option'
  return segments.some((s) => s === '' || s === '.' || s === '..')
    ? 'has a path with empty or dotted steps'
    : null
}

function parseHttps(text: string): UpstreamUrl | string {
  if (!URL.canParse(text) || !/^https:\/\/[^/]/i.test(text)) return 'is not a URL'
  const url = new URL(text)
  const { username, password, hostname } = url
  if (username !== '' || password !== '' || /^https:\/\/[^/]*@/i.test(text))
    return 'holds a user or a password: give them as the key'
  if (/[?#]/.test(text)) return 'has a query or a fragment'
  if (!new RegExp(`^${HOST}$`).test(hostname)) return 'has a host that is none'
  url.pathname = url.pathname.replace(/\/+$/, '')
  if (url.pathname === '/' || url.pathname === '') return 'has no path'
  return /\/\/|%00|%0a|%0d/i.test(url.pathname)
    ? 'has a path that no repository has'
    : { kind: 'https', host: url.host, url }
}
