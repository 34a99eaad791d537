/** The ways in which people write the URL of one upstream. @see git-fetch(1), GIT URLS */
import { SSH_PORT, type UpstreamUrl } from './upstream-url.ts'

/** Who writes a URL without its user, or of another protocol, most likely means this one. */
const USUAL_USER = 'git'
const HTTPS_PORT = '443'

export interface Spellings {
  /** URLs of this repository, with and without `.git`. */
  readonly of: readonly string[]
  /** Beginnings of URLs of others that begin like it: `…/widgets-extra` is not `…/widgets`. */
  readonly notOf: readonly string[]
}

/** What follows in the name of another repository, as a rule; a letter or digit may, too: see docs/how-to/gate.md. */
const WHAT_FOLLOWS = ['-', '_', '.']

export function spellingsOf(url: UpstreamUrl): Spellings {
  const path = (url.kind === 'https' ? url.url.pathname : url.path).replace(/^\//, '').replace(/\.git$/, '')
  const plain = [...new Set(placesOf(url).map((place) => `${place}${path}`))]
  return {
    of: plain.flatMap((text) => [text, `${text}.git`]),
    notOf: plain.flatMap((text) => WHAT_FOLLOWS.map((follows) => text + follows)),
  }
}

/** All that may stand before the path. */
function placesOf(url: UpstreamUrl): string[] {
  if (url.kind === 'https') {
    const { hostname, port } = url.url
    return [...ofHttps(hostname, port), ...ofSsh(USUAL_USER, hostname, SSH_PORT)]
  }
  const web = url.host
  return [...ofSsh(url.user, url.host, url.port), ...ofHttps(web, '')]
}

function ofSsh(user: string, host: string, port: number): string[] {
  const users = [`${user}@`, '']
  const ports = [...new Set(['', `:${SSH_PORT}`, `:${port}`])]
  const urls = users.flatMap((who) => ports.map((p) => `ssh://${who}${host}${p}/`))
  return [...urls, ...users.flatMap((who) => [`${who}${host}:`, `${who}${host}:/`])]
}

function ofHttps(host: string, port: string): string[] {
  const places = port === '' ? [host, `${host}:${HTTPS_PORT}`] : [`${host}:${port}`]
  const users = ['', `${USUAL_USER}@`]
  return [...users.flatMap((who) => places.map((place) => `https://${who}${place}/`)), `http://${host}/`]
}
