/** The principal behind a verified token of another issuer. */
import { hash } from 'node:crypto'
import { UNRESTRICTED, type Grants } from '../../kernel/grants.ts'
import type { PresentedToken } from '../../kernel/principal.ts'
import { isUuid } from '../../kernel/ids.ts'
import type { AccountDirectory, NewAccount } from '../../kernel/account.ts'
import { grantsOfForeignToken } from './grants.ts'
import type { CheckedClaims } from './jwt.ts'
import { principalOfAccounts } from '../../kernel/principal-of-accounts.ts'
import { standing } from './standing.ts'
import { invalid, type Verified } from './token-verifier.ts'

/** How far an issuer is believed beyond who its own users are. */
export interface IssuerTrust {
  /** Its scope `admin` makes an administrator of the server. */
  readonly admin: boolean
  /**
   * A subject that is a UUID is the id of an account here. An issuer without this trust may use UUIDs
   * as it likes: they are names like any other, and reach no account of anybody else.
   */
  readonly accountIds: boolean
}

export interface ForeignSubjects {
  /** Under which name its subjects are kept: two issuers may use the same subject for two people. */
  readonly issuer: string
  readonly trust: IssuerTrust
  readonly accounts: AccountDirectory
  /** Public origins of this server. */
  readonly bases: readonly string[]
  readonly anyRevoked: (tokenIds: readonly string[]) => Promise<boolean>
}

const MAX_SUBJECT_CHARS = 255
/** A NUL, which PostgreSQL refuses; half of a surrogate pair, all of which are U+FFFD to a database. */
const NO_TEXT = /[\0\p{Cs}]/u

/** @throws AppError `INVALID_CREDENTIAL` when the token names no subject, or its grants are malformed */
export async function foreignPrincipal(
  jwt: string,
  claims: CheckedClaims,
  { issuer, trust, accounts, bases, anyRevoked }: ForeignSubjects,
): Promise<Verified> {
  const grants = grantsOfForeignToken(claims, bases, trust)
  const token = presentedOf(jwt, claims, grants)
  if (await anyRevoked([token.id])) throw invalid('revoked')
  const subject = subjectOf(claims)
  const identity = { issuer, subject: trust.accountIds ? subject : harmlessName(subject) }
  const account = standing(await accounts.atFirstSight(identity, profileOf(claims, subject)))
  return {
    principal: principalOfAccounts(account, null, grants, token),
    goodUntilMs: claims.exp * 1000,
    hangsOn: [token.id, account.id],
  }
}

/**
 * Named by a digest of itself: another issuer's `jti` could be the id of a token of ours. Of what was
 * signed, for one signature has several spellings, and a revoked token would come back in another.
 */
function presentedOf(jwt: string, { iss, iat, exp, aud, client_id: client }: CheckedClaims, grants: Grants) {
  return {
    id: `sha256:${hash('sha256', jwt.slice(0, jwt.lastIndexOf('.')), 'base64url')}`,
    kind: grants === UNRESTRICTED ? 'login' : 'foreign',
    mintedFrom: [],
    expiresAt: timeOf(exp),
    issuedAt: iat === undefined ? null : timeOf(iat),
    issuer: iss ?? null,
    audience: typeof aud === 'string' ? [aud] : (aud ?? []),
    clientId: typeof client === 'string' ? client : null,
  } satisfies PresentedToken
}

/** The year 9999: beyond it lie times that no column and no date holds. */
const LAST_SECOND = 253_402_300_799

/** Seconds since 1970, in parts of them if the issuer likes, as whole milliseconds. @see RFC 7519, section 2 (NumericDate) */
function timeOf(seconds: number): number {
  return Math.round(Math.max(0, Math.min(seconds, LAST_SECOND)) * 1000)
}

/** Claim `id`, which the platform's tokens carry, else `sub`. */
function subjectOf({ id, sub }: CheckedClaims): string {
  const subject = id ?? sub
  if (
    typeof subject !== 'string' ||
    subject === '' ||
    subject.length > MAX_SUBJECT_CHARS ||
    NO_TEXT.test(subject)
  )
    throw invalid('claims')
  return subject
}

const NO_ACCOUNT_ID = 'sub:'

/** A subject under a name that is no account's id; no two get the same, whatever their issuer lets them choose. */
function harmlessName(subject: string): string {
  return isUuid(subject) || subject.startsWith(NO_ACCOUNT_ID) ? NO_ACCOUNT_ID + subject : subject
}

function profileOf(claims: CheckedClaims, subject: string): NewAccount {
  const { name, preferred_username: username, email, email_verified: verified } = claims
  const address = verified === false ? null : text(email)
  return { kind: 'user', displayName: text(name) ?? text(username) ?? address ?? subject, email: address }
}

/** Names end up in commits and logs: one line, bounded. */
function text(claim: unknown): string | null {
  if (typeof claim !== 'string') return null
  const line = claim
    .replace(/[\x00-\x1f\x7f<>]+/g, ' ')
    .trim()
    .slice(0, MAX_SUBJECT_CHARS)
  return line === '' ? null : line
}
