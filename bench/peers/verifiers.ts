/** The server's verifiers in this process, on a database of their own: what is measured is neither HTTP nor a client. */
import { randomUUID } from 'node:crypto'
import { openIdentity } from '../../src/compose/identity.ts'
import { openRecords, type Records } from '../../src/compose/records.ts'
import { loadConfig } from '../../src/config/load.ts'
import { mintOpaqueToken } from '../../src/kernel/opaque-token.ts'
import { tokenSigner, type SignToken } from '../../src/rooms/tokens/keys/sign-token.ts'
import type { LoginIssuer } from './login-issuer.ts'

export type Verify = (token: string) => Promise<unknown>

export interface Verifiers extends AsyncDisposable {
  /** One that has seen no token yet. */
  openVerifier(): Promise<Verify>
  /** A new token of each kind, of one and the same account but for the login. */
  readonly mint: Readonly<Record<TokenKind, () => Promise<string>>>
}

export type TokenKind = 'own' | 'login' | 'opaque'

const BASE = 'https://sluice.bench.example'
const CALLER = { address: '127.0.0.1' }
const NOBODY = { actorId: null, agentId: null }
const QUIET = { error: () => {}, warn: () => {} }

export async function openVerifiers(data: string, logins: LoginIssuer): Promise<Verifiers> {
  const config = loadConfig({
    SLUICE_DATA_DIR: data,
    PUBLIC_BASE_URL: BASE,
    SLUICE_ISSUERS: JSON.stringify([logins.entry]),
  })
  const clock = { now: () => Date.now() }
  const records = await openRecords(config, { clock, pathOf: () => data, run: 'bench', log: QUIET })
  const identityParts = { records, clock, log: QUIET, baseUrl: BASE }
  const account = await records.accounts.create({ kind: 'user', displayName: 'bench', email: null })
  const { keys } = await openIdentity(config, identityParts)
  const sign = tokenSigner(BASE, keys, clock)
  return {
    openVerifier: async () => {
      const { authenticate } = await openIdentity(config, identityParts)
      return async (secret) => authenticate({ kind: 'bearer', secret }, CALLER)
    },
    mint: {
      own: () => mintOwn(sign, account.id),
      login: () => logins.login('bench'),
      opaque: () => mintOpaque(records, account.id),
    },
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  }
}

/** As an exchange makes it: for one repository, from a login. */
async function mintOwn(sign: SignToken, accountId: string): Promise<string> {
  const claims = {
    sub: accountId,
    aud: `${BASE}/bench/repository`,
    scope: 'repo:pull repo:push',
    minted_from: [randomUUID()],
  }
  return (await sign(claims, 3600)).token
}

async function mintOpaque({ tokens }: Records, accountId: string): Promise<string> {
  const { token, kind, hash } = mintOpaqueToken('personal')
  await tokens.insert(
    {
      id: randomUUID(),
      hash,
      kind,
      accountId,
      name: 'bench',
      grants: { admin: false, repositories: [{ target: { kind: 'all' }, actions: ['read'] }] },
      actingFor: null,
      mintedFrom: [],
      createdBy: accountId,
      expiresAt: null,
    },
    NOBODY,
  )
  return token
}
