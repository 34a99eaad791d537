/** The identity room as compose.ts builds it, with one issuer of each kind and a clock that tests move. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Principal } from '../../src/kernel/principal.ts'
import type { Account, AccountDirectory } from '../../src/rooms/identity/accounts.ts'
import { BearerTokens } from '../../src/rooms/identity/bearer-tokens.ts'
import { fetchJwks, JWKS_FETCH_LIMITS, parseJwksUri } from '../../src/rooms/identity/fetch-jwks.ts'
import { jwksIssuer, type JwksIssuerRules } from '../../src/rooms/identity/jwks-issuer.ts'
import { JwksKeys } from '../../src/rooms/identity/jwks-keys.ts'
import { jwtTokens } from '../../src/rooms/identity/jwt.ts'
import { opaqueTokens, type OpaqueTokenRows } from '../../src/rooms/identity/opaque-tokens.ts'
import { ownIssuer } from '../../src/rooms/identity/own-issuer.ts'
import { sealWith } from '../../src/rooms/identity/seal.ts'
import { sharedSecret } from '../../src/rooms/identity/shared-secret.ts'
import { tokenSigner, type SignToken } from '../../src/rooms/identity/sign-token.ts'
import type { SigningKeyRow } from '../../src/rooms/identity/signing-key.ts'
import { SigningKeys, type SigningKeyRows } from '../../src/rooms/identity/signing-keys.ts'
import { verifyInOrder } from '../../src/rooms/identity/verify.ts'

export const BASE = 'https://sluice.example'
export const PLATFORM_SECRET = 'shared-by-the-services-of-the-platform'
export const CALLER = { address: '127.0.0.1' }

export interface IdentityWorld {
  readonly clock: { at: number; now(): number }
  readonly user: Account
  readonly keys: SigningKeys
  readonly sign: SignToken
  readonly bearer: BearerTokens
  readonly revoked: Set<string>
  readonly fetchErrors: unknown[]
  verify(token: string): Promise<Principal>
  /** Why a token is refused; throws when it is not. */
  refusal(token: string): Promise<string>
}

export interface IdentityOptions {
  readonly jwks?: readonly (JwksIssuerRules & { jwksUri: string })[]
  readonly jwksTimeoutMs?: number
  readonly ownIssuers?: readonly string[]
  readonly opaque?: OpaqueTokenRows
}

export async function identity(opts: IdentityOptions = {}): Promise<IdentityWorld> {
  const clock = { at: Date.now(), now: () => clock.at }
  const accounts = memoryAccounts()
  const user = await accounts.accountFor('tests', 'user', { displayName: 'Ada', email: 'ada@example.org' })
  const keys = await SigningKeys.open(memoryKeys(), sealWith(randomBytes(32), 'signing keys'), clock)
  const revoked = new Set<string>()
  const fetchErrors: unknown[] = []
  const subjects = { trust: { admin: false }, accounts, bases: [BASE] }
  const limits = { ...JWKS_FETCH_LIMITS, timeoutMs: opts.jwksTimeoutMs ?? JWKS_FETCH_LIMITS.timeoutMs }
  const foreign = (opts.jwks ?? []).map((rules) => {
    const uri = parseJwksUri(rules.jwksUri)
    const published = new JwksKeys({
      fetch: () => fetchJwks(uri, limits),
      clock,
      onFetchError: (err) => fetchErrors.push(err),
    })
    return jwksIssuer(rules, published, { ...subjects, issuer: rules.issuer }, clock)
  })
  const own = ownIssuer({
    issuers: opts.ownIssuers ?? [BASE],
    keys,
    accounts,
    anyRevoked: (ids) => Promise.resolve(ids.some((id) => revoked.has(id))),
    clock,
  })
  const platform = sharedSecret(PLATFORM_SECRET, { ...subjects, issuer: 'platform' }, clock)
  const opaque = opts.opaque ? [opaqueTokens(opts.opaque, accounts, clock)] : []
  const bearer = new BearerTokens([...opaque, jwtTokens([own, ...foreign, platform])], clock)
  const verifyCredential = verifyInOrder([bearer.verify])
  const verify = (secret: string) => verifyCredential({ kind: 'bearer', secret }, CALLER)
  return {
    clock,
    user,
    keys,
    sign: tokenSigner(BASE, keys, clock),
    bearer,
    revoked,
    fetchErrors,
    verify,
    refusal: (token) => verify(token).then(accepted, refused),
  }
}

function accepted(principal: Principal): never {
  throw new Error(`accepted as ${principal.kind} ${principal.accountId}`)
}

function refused(err: unknown): string {
  const { code, details } = err as { code?: string; details?: { reason?: string } }
  if (code === undefined) throw err
  return `${code} ${details?.reason ?? ''}`.trim()
}

export function memoryKeys(): SigningKeyRows & { readonly rows: SigningKeyRow[] } {
  const rows: SigningKeyRow[] = []
  return {
    rows,
    list: () => Promise.resolve([...rows]),
    rotate: (row, dropBefore) => {
      const kept = rows
        .map((old) => ({ ...old, retiredAt: old.retiredAt ?? row.createdAt }))
        .filter((old) => old.retiredAt >= dropBefore)
      rows.splice(0, rows.length, ...kept, row)
      return Promise.resolve()
    },
  }
}

export function memoryAccounts(): AccountDirectory {
  const bySubject = new Map<string, Account>()
  return {
    accountFor: (issuer, subject, profile) => {
      const key = `${issuer} ${subject}`
      const account = bySubject.get(key) ?? { id: randomUUID(), kind: 'user' as const, ...profile }
      bySubject.set(key, account)
      return Promise.resolve(account)
    },
    find: (id) => Promise.resolve([...bySubject.values()].find((account) => account.id === id) ?? null),
  }
}
