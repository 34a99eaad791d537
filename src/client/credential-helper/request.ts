/** What git asks a credential for, as a URL. */
import { attribute, type Attributes } from './attributes.ts'
import { isSafeOrigin } from './safe-origin.ts'

/** Path below a server → the address of its repository. git asks with what a remote says, and LFS beyond it. */
const REPOSITORY = /^((?:by-id|git\/repo|git)\/[\w.~-]+|(?:et\/)?[\w.~-]+\/[\w.~-]+)(?:\/.*)?$/

/** Steps in a path, which curl takes before it asks: the request would be for another place than this. */
const STEP = /(?:^|\/)\.{1,2}(?:\/|$)/
const DEFAULT_PORT: Readonly<Record<string, string>> = { 'https:': ':443', 'http:': ':80' }

/**
 * Address of a repository, or of the whole server when git does not say the path.
 *
 * @returns `null` for anything that no token is ever sent to
 * @see gitcredentials(7), credential.useHttpPath
 */
export function requestedUrl(attributes: Attributes): string | null {
  const url = parseOrigin(attribute(attributes, 'protocol') ?? '', attribute(attributes, 'host') ?? '')
  if (url === null || !isSafeOrigin(url)) return null
  const path = attribute(attributes, 'path')?.replace(/\/+$/, '') ?? ''
  if (STEP.test(path)) return null
  const [, repository] = REPOSITORY.exec(path) ?? []
  return repository === undefined ? url.origin : `${url.origin}/${repository.replace(/\.git$/, '')}`
}

/** `null` also for a host that this parser would rename: nobody knows whether git's names it as well. */
function parseOrigin(protocol: string, host: string): URL | null {
  const text = `${protocol}://${host}`
  if (!/^https?$/.test(protocol) || !URL.canParse(text)) return null
  const url = new URL(text)
  const names = [url.host, url.host + DEFAULT_PORT[url.protocol]]
  return names.includes(host.toLowerCase()) ? url : null
}
