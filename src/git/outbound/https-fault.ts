/** Tells from an HTTP status, or from an error of Node's own client, why an upstream could not be asked. */
import type { UpstreamFault } from './upstream-fault.ts'

const OF_STATUS: Readonly<Record<number, UpstreamFault>> = {
  401: 'notAccepted',
  403: 'notAllowed',
  404: 'notFound',
  410: 'notFound',
  429: 'tooMany',
}

/** @param status no 200 */
export function faultOfStatus(status: number): UpstreamFault {
  const known = OF_STATUS[status]
  if (known !== undefined) return known
  if (status >= 300 && status < 400) return 'redirected'
  if (status >= 500) return 'failed'
  return status >= 400 ? 'refusesRequest' : 'notGit'
}

const OF_CODE: Readonly<Record<string, UpstreamFault>> = {
  ECONNREFUSED: 'refusesConnection',
  ETIMEDOUT: 'silent',
  EHOSTUNREACH: 'noRoute',
  ENETUNREACH: 'noRoute',
  ENOTFOUND: 'noName',
  ECONNRESET: 'ended',
  EPIPE: 'ended',
  EPROTO: 'notTrusted',
}

/** @see nodejs.org/api/tls.html, X509 certificate error codes */
const OF_TLS = /CERT|TLS|SELF_SIGNED|ISSUER|SIGNATURE|CRL|HOSTNAME|SSL/
/** What Node's parser says of what is no HTTP. */
const NO_HTTP = /^HPE_/

export function faultOfError({ code = '' }: NodeJS.ErrnoException): UpstreamFault {
  const known = OF_CODE[code]
  if (known !== undefined) return known
  if (NO_HTTP.test(code)) return 'notGit'
  return OF_TLS.test(code) ? 'notTrusted' : 'other'
}
