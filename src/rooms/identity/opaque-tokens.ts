/** Verifies our own opaque tokens. Their rows are asked anew at least ten times a second. */
import type { Grants } from '../../kernel/grants.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Account, AccountDirectory } from './accounts.ts'
import { OPAQUE_TOKEN_PREFIX, parseOpaqueToken } from './opaque-token.ts'
import { invalid, type TokenVerifier } from './token-verifier.ts'

/** How late a revocation by another process is noticed; one by this process is noticed at once. */
const REMEMBERED_MS = 100

/** Times are milliseconds since 1970. */
export interface OpaqueTokenRow {
  readonly id: string
  readonly accountId: string
  readonly grants: Grants
  /** Account on whose behalf `accountId` acts. */
  readonly actingFor: string | null
  readonly parentId: string | null
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

export function opaqueTokens(
  rows: OpaqueTokenRows,
  accounts: Pick<AccountDirectory, 'byId'>,
  clock: Clock,
): TokenVerifier {
  return async (token, caller) => {
    if (!token.startsWith(OPAQUE_TOKEN_PREFIX)) return null
    const parsed = parseOpaqueToken(token)
    if (parsed === null) throw invalid('malformed')
    const row = await rows.byHash(parsed.hash)
    const now = clock.now()
    checkStanding(row, now)
    const account = await accounts.byId(row.accountId)
    if (account === null) throw invalid('unknown-account')
    await rows.touch(row, caller.address)
    return {
      principal: principalOf(row, account),
      goodUntilMs: Math.min(now + REMEMBERED_MS, row.expiresAt ?? Infinity),
      lineage: row.parentId === null ? [row.id] : [row.id, row.parentId],
    }
  }
}

function checkStanding(row: OpaqueTokenRow | null, now: number): asserts row is OpaqueTokenRow {
  if (row === null) throw invalid('unknown-token')
  if (row.revokedAt !== null) throw invalid('revoked')
  if (row.expiresAt !== null && row.expiresAt <= now) throw invalid('expired')
}

function principalOf(row: OpaqueTokenRow, { id, kind, displayName, email }: Account) {
  const standing = { kind, accountId: id, displayName, email, grants: row.grants, tokenId: row.id }
  return row.actingFor === null ? standing : { ...standing, actingFor: row.actingFor }
}
