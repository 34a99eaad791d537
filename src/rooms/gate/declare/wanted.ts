/** From what is declared to the upstream that is wanted, its secret still open. */
import type { Declaration, DeclaredKey } from '../../../kernel/upstream/declaration.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import {
  keyMissing,
  mayKeepCredential,
  type WantedUpstream,
} from '../../../store/upstreams/wanted-upstream.ts'

/** All of it but secrets. */
export type WantedFields = Omit<WantedUpstream, 'credential' | 'provisionerSealed'>

/**
 * What it connects with. `keep`: as before. `make`: a deploy key is made with the token; where that token and
 * nothing else is new, the deploy key stays.
 */
export type WantedSecret =
  | { readonly kind: 'keep' }
  | { readonly kind: 'privateKey' | 'token'; readonly secret: string }
  | { readonly kind: 'make'; readonly provisionerToken: string; readonly keepsKey: boolean }

export interface Wanted {
  readonly fields: WantedFields
  readonly secret: WantedSecret
}

/**
 * @param declared with a key that holds its secret
 * @throws AppError `UNPROCESSABLE`: no key is given, and none is known for this URL
 */
export function wantedOf(declared: Declaration, known: Upstream | null): Wanted {
  const { url, hostKey = null, ca = null, refresh, user = null } = declared
  const window = refresh === 'always' ? { maxAgeMs: 0, staleIfError: false } : refresh
  const where = { url, hostKey, ca, ...window, user }
  if (declared.key === undefined) return keptBy(where, known)
  const fields = { ...where, ...ofKey(declared.key) }
  return { fields, secret: secretOf(declared.key, known !== null && keepsDeployKey(known, fields)) }
}

type Where = Omit<WantedFields, keyof ReturnType<typeof ofKey>>

function keptBy(where: Where, known: Upstream | null): Wanted {
  if (known === null) throw keyMissing()
  const { provider, username, apiUrl, keyTtlSeconds } = known
  const fields = { ...where, provider, username, apiUrl, keyTtlSeconds }
  if (!mayKeep(known, fields)) throw keyMissing()
  return { fields, secret: { kind: 'keep' } }
}

function ofKey(key: DeclaredKey) {
  return {
    provider: key.provider,
    username: 'username' in key ? (key.username ?? null) : null,
    apiUrl: 'apiUrl' in key ? (key.apiUrl ?? null) : null,
    keyTtlSeconds: 'ttlSeconds' in key ? (key.ttlSeconds ?? null) : null,
  }
}

function secretOf(key: DeclaredKey, keepsKey: boolean): WantedSecret {
  if (key.provider === 'static') return { kind: 'privateKey', secret: key.privateKey ?? '' }
  if (key.provider === 'token') return { kind: 'token', secret: key.token ?? '' }
  return { kind: 'make', provisionerToken: key.provisionerToken ?? '', keepsKey }
}

function keepsDeployKey(known: Upstream, fields: WantedFields): boolean {
  return known.deployKeyId !== null && known.apiUrl === fields.apiUrl && mayKeep(known, fields)
}

function mayKeep(known: Upstream, fields: WantedFields): boolean {
  return mayKeepCredential({ ...known, credential_sealed: known.credentialSealed }, fields)
}
