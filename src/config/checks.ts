/**
 * What settings mean together. A fault keeps the server from starting; a warning is shouted at every
 * start. A check that needs a value which has a fault of its own says nothing.
 */
import type { ConfigFault } from './config-error.ts'
import { isLoopback } from './loopback.ts'
import type { Values } from './settings.ts'

type Check<T> = (values: Partial<Values>) => T | null

const faultChecks: readonly Check<ConfigFault>[] = [
  plaintext,
  auth0Audience,
  auth0Domain,
  issuerNames,
  loginClient,
  loginIssuer,
  loginAtWorkloads,
  auraNetworkHeader,
]
const warningChecks: readonly Check<string>[] = [
  plaintextAllowed,
  noBaseUrl,
  plaintextBaseUrl,
  unlimited,
  auraNetworkToken,
  auraNetworkPlaintext,
]

export function findFaults(values: Partial<Values>): ConfigFault[] {
  return faultChecks.flatMap((check) => check(values) ?? [])
}

export function findWarnings(values: Values): string[] {
  return warningChecks.flatMap((check) => check(values) ?? [])
}

function plaintext(v: Partial<Values>): ConfigFault | null {
  if (v.SERVER_HOST === undefined || isLoopback(v.SERVER_HOST)) return null
  if (v.SLUICE_TRUST_PROXY !== null || v.SLUICE_ALLOW_PLAINTEXT !== false) return null
  const message =
    'beyond loopback, tokens would travel in plain text: put TLS in front and set SLUICE_TRUST_PROXY, or set SLUICE_ALLOW_PLAINTEXT=1'
  return { name: 'SERVER_HOST', message }
}

function auth0Audience(v: Partial<Values>): ConfigFault | null {
  if (!v.AUTH0_DOMAIN || v.AUTH0_AUDIENCE !== null) return null
  return {
    name: 'AUTH0_AUDIENCE',
    message: 'needed with AUTH0_DOMAIN, or tokens for any other service would do',
  }
}

function auth0Domain(v: Partial<Values>): ConfigFault | null {
  if (!v.AUTH0_AUDIENCE || v.AUTH0_DOMAIN !== null) return null
  return { name: 'AUTH0_DOMAIN', message: 'needed with AUTH0_AUDIENCE' }
}

/** A token is checked by the keys of the issuer that it names, so a name may have one owner only. */
function issuerNames(v: Partial<Values>): ConfigFault | null {
  const names = (v.SLUICE_ISSUERS ?? []).map((entry) => entry.issuer.replace(/\/$/, ''))
  if (v.AUTH0_DOMAIN) names.push(`https://${v.AUTH0_DOMAIN}`)
  names.push(...(v.SLUICE_ISSUER ?? (v.PUBLIC_BASE_URL ? [v.PUBLIC_BASE_URL] : [])))
  const repeated = names.find((name, i) => names.indexOf(name) !== i)
  return repeated === undefined ? null : { name: 'SLUICE_ISSUERS', message: `${repeated} is named twice` }
}

function loginClient(v: Partial<Values>): ConfigFault | null {
  if (!v.SLUICE_LOGIN_ISSUER || v.SLUICE_LOGIN_CLIENT_ID !== null) return null
  return { name: 'SLUICE_LOGIN_CLIENT_ID', message: 'needed with SLUICE_LOGIN_ISSUER' }
}

function loginIssuer(v: Partial<Values>): ConfigFault | null {
  const alone = v.SLUICE_LOGIN_CLIENT_ID || v.SLUICE_LOGIN_CLIENT_SECRET
  if (!alone || v.SLUICE_LOGIN_ISSUER !== null) return null
  return { name: 'SLUICE_LOGIN_ISSUER', message: 'needed with SLUICE_LOGIN_CLIENT_ID' }
}

/** Tokens of a workload issuer make no accounts; a login there would. */
function loginAtWorkloads(v: Partial<Values>): ConfigFault | null {
  const workloads = (v.SLUICE_ISSUERS ?? []).filter((entry) => entry.use === 'workload')
  if (!workloads.some((entry) => entry.issuer === v.SLUICE_LOGIN_ISSUER)) return null
  return { name: 'SLUICE_LOGIN_ISSUER', message: 'is an issuer of workloads in SLUICE_ISSUERS' }
}

function plaintextAllowed(v: Partial<Values>): string | null {
  if (!v.SLUICE_ALLOW_PLAINTEXT || isLoopback(v.SERVER_HOST ?? '')) return null
  return 'SLUICE_ALLOW_PLAINTEXT is on: tokens travel in plain text'
}

function noBaseUrl(v: Partial<Values>): string | null {
  if (v.PUBLIC_BASE_URL || !['0.0.0.0', '::'].includes(v.SERVER_HOST ?? '')) return null
  return `PUBLIC_BASE_URL is not set: addresses in answers begin with http://localhost:${v.SERVER_PORT}`
}

function plaintextBaseUrl(v: Partial<Values>): string | null {
  if (!v.PUBLIC_BASE_URL) return null
  const url = new URL(v.PUBLIC_BASE_URL)
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return null
  return 'PUBLIC_BASE_URL is http: clients are sent to an address where tokens travel in plain text'
}

function unlimited(v: Partial<Values>): string | null {
  const names = [
    'SLUICE_RATE_READS_PER_MINUTE',
    'SLUICE_RATE_WRITES_PER_MINUTE',
    'SLUICE_RATE_PUSHES_PER_MINUTE',
    'SLUICE_RATE_TOKENS_PER_MINUTE',
  ] as const
  const off = names.filter((name) => v[name] === 0)
  return off.length === 0 ? null : `no rate limit: ${off.join(', ')} is 0`
}

/** Whoever tries to send such a header is told its value in the error. */
function auraNetworkHeader(v: Partial<Values>): ConfigFault | null {
  if (!v.AURA_NETWORK_URL || !v.INTERNAL_SERVICE_TOKEN) return null
  if (/^[\x21-\x7e]+$/.test(v.INTERNAL_SERVICE_TOKEN.reveal())) return null
  return {
    name: 'INTERNAL_SERVICE_TOKEN',
    message: 'must be ASCII without blanks to be sent to AURA_NETWORK_URL',
  }
}

function auraNetworkToken(v: Partial<Values>): string | null {
  if (!v.AURA_NETWORK_URL || v.INTERNAL_SERVICE_TOKEN !== null) return null
  return 'AURA_NETWORK_URL is not used: it needs INTERNAL_SERVICE_TOKEN'
}

function auraNetworkPlaintext(v: Partial<Values>): string | null {
  if (!v.AURA_NETWORK_URL || v.INTERNAL_SERVICE_TOKEN === null) return null
  const url = new URL(v.AURA_NETWORK_URL)
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return null
  return 'AURA_NETWORK_URL is http: INTERNAL_SERVICE_TOKEN travels there in plain text'
}
