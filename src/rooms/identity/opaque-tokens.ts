/** Verifies our own opaque tokens. */
import type { Grants } from '../../kernel/grants.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { PresentedToken, Principal } from '../../kernel/principal.ts'
import type { Account, AccountDirectory } from '../../kernel/account.ts'
import { OPAQUE_TOKEN_PREFIX, parseOpaqueToken } from '../../kernel/opaque-token.ts'
import { principalOfAccounts } from '../../kernel/principal-of-accounts.ts'
import { standing } from './standing.ts'
import { invalid, type TokenVerifier } from './token-verifier.ts'

/** How often its row is asked for again, so that the last use is noted. */
const REMEMBERED_MS = 60_000

/** Times are milliseconds since 1970. */
export interface OpaqueTokenRow {
  readonly id: string
  readonly accountId: string
  readonly grants: Grants
  /** Account on whose behalf `accountId` acts. */
  readonly actingFor: string | null
  readonly mintedFrom: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly lastUsedAt: number | null
}

export interface OpaqueTokenRows {
  /** @param hash SHA-256 of the token, hex */
  byHash(hash: string): Promise<OpaqueTokenRow | null>
  /** Notes the use; writes at most once a minute. */
  touch(row: OpaqueTokenRow, address: string): Promise<void>
}

export interface OpaqueTokensParts {
  readonly rows: OpaqueTokenRows
  readonly accounts: Pick<AccountDirectory, 'byId'>
  /** Is any of the tokens revoked that it was minted from? */
  readonly anyRevoked: (tokenIds: readonly string[]) => Promise<boolean>
  readonly clock: Clock
}

export function opaqueTokens({ rows, accounts, anyRevoked, clock }: OpaqueTokensParts): TokenVerifier {
  return async (token, caller) => {
    if (!token.startsWith(OPAQUE_TOKEN_PREFIX)) return null
    const parsed = parseOpaqueToken(token)
    if (parsed === null) throw invalid('malformed')
    const row = await rows.byHash(parsed.hash)
    const now = clock.now()
    checkStanding(row, now)
    if (await anyRevoked(row.mintedFrom)) throw invalid('revoked')
    const account = standing(await accounts.byId(row.accountId))
    const subject = row.actingFor === null ? null : standing(await accounts.byId(row.actingFor))
    await rows.touch(row, caller.address)
    return {
      principal: principalOf(row, account, subject),
      goodUntilMs: Math.min(now + REMEMBERED_MS, row.expiresAt ?? Infinity),
      hangsOn: [row.id, ...row.mintedFrom, account.id, ...(subject ? [subject.id] : [])],
    }
  }
}

function checkStanding(row: OpaqueTokenRow | null, now: number): asserts row is OpaqueTokenRow {
  if (row === null) throw invalid('unknown-token')
  if (row.revokedAt !== null) throw invalid('revoked')
  if (row.expiresAt !== null && row.expiresAt <= now) throw invalid('expired')
}

function principalOf(row: OpaqueTokenRow, account: Account, subject: Account | null): Principal {
  const { id, mintedFrom, expiresAt, createdAt, grants } = row
  const token: PresentedToken = {
    id,
    kind: 'opaque',
    mintedFrom,
    expiresAt,
    issuedAt: createdAt,
    issuer: null,
    audience: [],
    clientId: null,
  }
  return subject
    ? principalOfAccounts(subject, account, grants, token)
    : principalOfAccounts(account, null, grants, token)
}
