/** The identity room as compose.ts builds it, with one issuer of each kind and a clock that tests move. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ISSUER_FETCH_LIMITS, parseTrustedUri } from '../../src/http/bounded-fetch.ts'
import { newId } from '../../src/kernel/uuid.ts'
import type { Principal } from '../../src/kernel/principal.ts'
import { CredentialChanges } from '../../src/rooms/identity/credential-changes.ts'
import { BearerTokens } from '../../src/rooms/identity/bearer-tokens.ts'
import { fetchJwks } from '../../src/rooms/identity/fetch-jwks.ts'
import { jwksIssuer, type JwksIssuerRules } from '../../src/rooms/identity/jwks-issuer.ts'
import { JwksKeys } from '../../src/rooms/identity/jwks-keys.ts'
import { jwtTokens } from '../../src/rooms/identity/jwt.ts'
import { opaqueTokens } from '../../src/rooms/identity/opaque-tokens.ts'
import { ownIssuer } from '../../src/rooms/identity/own-issuer.ts'
import { sealWith } from '../../src/store/secrets/seal.ts'
import { sharedSecret } from '../../src/rooms/identity/shared-secret.ts'
import { tokenSigner, type SignToken } from '../../src/rooms/tokens/keys/sign-token.ts'
import { SigningKeys } from '../../src/rooms/tokens/keys/signing-keys.ts'
import { verifyInOrder } from '../../src/rooms/identity/verify.ts'
import { Accounts, type StoredAccount } from '../../src/store/accounts.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { OpaqueTokens } from '../../src/store/opaque-tokens.ts'
import { Revocations } from '../../src/store/revocations.ts'
import { SigningKeys as SigningKeyRows } from '../../src/store/signing-keys.ts'

export const BASE = 'https://sluice.example'
export const PLATFORM_SECRET = 'shared-by-the-services-of-the-platform'
export const CALLER = { address: '127.0.0.1' }

export interface IdentityWorld extends AsyncDisposable {
  readonly clock: { at: number; now(): number }
  readonly user: StoredAccount
  readonly accounts: Accounts
  readonly opaque: OpaqueTokens
  readonly keys: SigningKeys
  readonly sign: SignToken
  readonly bearer: BearerTokens
  readonly changes: CredentialChanges
  /** Revokes a token in this process, by its id. */
  revoke(tokenId: string): Promise<void>
  readonly fetchErrors: unknown[]
  verify(token: string): Promise<Principal>
  /** Why a token is refused; throws when it is not. */
  refusal(token: string): Promise<string>
}

export interface IdentityOptions {
  readonly jwks?: readonly (JwksIssuerRules & { readonly jwksUri: string })[]
  readonly jwksTimeoutMs?: number
  readonly ownIssuers?: readonly string[]
  /** Stays open; absent: an SQLite database of this world alone. */
  readonly database?: Database
  /** What seals the signing keys; absent: made up. */
  readonly keySecret?: Buffer
}

/** The caller disposes it. */
export async function identity(opts: IdentityOptions = {}): Promise<IdentityWorld> {
  const place = opts.database ? null : await ownDatabase()
  const database = opts.database ?? place!.database
  const clock = { at: Date.now(), now: () => clock.at }
  const revocations = new Revocations({ database, clock })
  const events = new EventLog({ database, clock, newId })
  const accounts = new Accounts({ database, events, clock, newId })
  const opaque = new OpaqueTokens({ database, clock, events, revocations })
  const seal = sealWith(opts.keySecret ?? randomBytes(32), 'signing keys')
  const keys = await SigningKeys.open(new SigningKeyRows({ database, events, clock }), seal, clock)
  const anyRevoked = (ids: readonly string[]) => revocations.anyRevoked(ids)
  const changes = await CredentialChanges.open(revocations, clock)
  const fetchErrors: unknown[] = []

  const own = ownIssuer({
    issuers: opts.ownIssuers ?? [BASE],
    bases: opts.ownIssuers ?? [BASE],
    keys,
    accounts,
    anyRevoked,
    clock,
  })
  const subjects = (issuer: string, accountIds: boolean) => ({
    issuer,
    trust: { admin: false, accountIds },
    accounts,
    bases: [BASE],
    anyRevoked,
  })
  const limits = { ...ISSUER_FETCH_LIMITS, timeoutMs: opts.jwksTimeoutMs ?? ISSUER_FETCH_LIMITS.timeoutMs }
  const foreign = (opts.jwks ?? []).map((rules) => {
    const uri = parseTrustedUri(rules.jwksUri)
    const onFetchError = (err: unknown) => fetchErrors.push(err)
    const published = new JwksKeys({ fetch: () => fetchJwks(uri, limits), clock, onFetchError })
    return jwksIssuer(rules, published, subjects(rules.issuer, false), clock)
  })
  const platform = sharedSecret(PLATFORM_SECRET, subjects('platform', true), clock)
  const jwts = jwtTokens([own, ...foreign, platform])
  const bearer = new BearerTokens(
    [opaqueTokens({ rows: opaque, accounts, anyRevoked, clock }), jwts],
    changes,
    clock,
  )
  const verifyCredential = verifyInOrder([bearer.verify])
  const verify = (secret: string) => verifyCredential({ kind: 'bearer', secret }, CALLER)
  return {
    clock,
    user: await accounts.create({ kind: 'user', displayName: 'Ada', email: 'ada@example.org' }),
    accounts,
    opaque,
    keys,
    sign: tokenSigner(BASE, keys, clock),
    bearer,
    changes,
    revoke: async (id) => {
      await opaque.revoke(id, { actorId: null, agentId: null })
      changes.expire()
    },
    fetchErrors,
    verify,
    refusal: (token) => verify(token).then(accepted, refused),
    [Symbol.asyncDispose]: async () => place?.[Symbol.asyncDispose](),
  }
}

async function ownDatabase() {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-identity-'))
  const database = await openDatabase({ url: null, path: join(folder, 'sluice.db') })
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await rm(folder, { recursive: true })
    },
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
