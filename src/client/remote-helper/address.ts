/** Where a `sluice://` remote lies. Whether a credential goes there is not decided here. */
import { HelperError } from '../credential-helper/helper-error.ts'
import { isSafeOrigin } from '../credential-helper/safe-origin.ts'

export interface RemoteAddress {
  /** `https://host[:port]`, or `http://` on loopback. */
  readonly origin: string
  /** Prefix of the four smart-HTTP endpoints, without a slash at its end. */
  readonly base: string
}

const SCHEMES: Readonly<Record<string, string>> = {
  'sluice:': 'https:',
  'sluice+http:': 'http:',
  'https:': 'https:',
  'http:': 'http:',
}

/**
 * `sluice://host/org/repo`; `sluice+http://` for a server on this machine; `https://…` and `http://…`
 * as git hands them over for `sluice::https://…`.
 *
 * @throws HelperError when it is none of these, or carries a credential
 * @see gitremote-helpers(7), INVOCATION
 */
export function parseRemoteAddress(text: string): RemoteAddress {
  const [, scheme = '', rest = ''] = /^([a-z+]+:)\/\/(.*)$/s.exec(text) ?? []
  const http = SCHEMES[scheme]
  const url = http === undefined ? null : parse(`${http}//${rest}`)
  if (url === null) throw new HelperError('not an address of a repository: use sluice://<host>/<org>/<repo>')
  if (url.username !== '' || url.password !== '')
    throw new HelperError('a credential does not belong into an address: run `git remote set-url`')
  if (!isSafeOrigin(url)) throw new HelperError('sluice+http:// is for this machine only: use sluice://')
  const path = url.pathname.replace(/\/+$/, '')
  if (path === '' || url.search !== '' || url.hash !== '')
    throw new HelperError('the address names no repository: use sluice://<host>/<org>/<repo>')
  return { origin: url.origin, base: url.origin + path }
}

function parse(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}
