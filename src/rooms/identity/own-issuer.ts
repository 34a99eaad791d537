/** Tokens that this server signed itself. @see RFC 9068, RFC 8693 section 4.1 */
import type { CryptoKey } from 'jose'
import type { Clock } from '../../kernel/ports.ts'
import type { Grants } from '../../kernel/grants.ts'
import { LOGIN, MINTED_FROM, WITHIN } from '../../kernel/granting/own-claims.ts'
import type { PresentedToken, Principal } from '../../kernel/principal.ts'
import type { Account, AccountDirectory } from '../../kernel/account.ts'
import { isOurs } from '../../kernel/granting/audience.ts'
import { grantsOfOwnToken } from './grants.ts'
import type { CheckedClaims, JwtIssuer } from './jwt.ts'
import { checkOwnJwt } from './own-jwt.ts'
import { principalOfAccounts } from '../../kernel/principal-of-accounts.ts'
import { standing } from './standing.ts'
import { invalid } from './token-verifier.ts'

export interface OwnIssuerParts {
  /** Values of `iss` that are ours, from the configuration; none: no token is ours. */
  readonly issuers: readonly string[]
  /** Public origins of this server: audiences below them are ours. */
  readonly bases: readonly string[]
  readonly keys: { publicKey(kid: string): Promise<CryptoKey | null> }
  readonly accounts: Pick<AccountDirectory, 'byId'>
  /**
   * Is any of these revoked? Asked when a token is first seen, with its id and the ids of those it was
   * minted from; what happens later is told by the list of changes.
   */
  readonly anyRevoked: (tokenIds: readonly string[]) => Promise<boolean>
  readonly clock: Clock
}

export function ownIssuer(parts: OwnIssuerParts): JwtIssuer {
  const issuers = parts.issuers.filter((issuer) => issuer !== '')
  const publicKey = (kid: string) => parts.keys.publicKey(kid)
  return {
    claims: (jwt) => jwt.issuer !== null && issuers.includes(jwt.issuer),
    verify: async (token) => {
      const claims = await checkOwnJwt(token, { publicKey, issuers, clock: parts.clock })
      if (!audiencesOf(claims).some((aud) => isOurs(aud, parts.bases))) throw invalid('wrong-audience')
      const presented = presentedOf(claims)
      const lineage = [presented.id, ...presented.mintedFrom]
      if (await parts.anyRevoked(lineage)) throw invalid('revoked')
      const principal = await principalOf(claims, presented, parts.accounts, parts.bases)
      const parties = [principal.accountId, principal.actingFor].filter((id) => typeof id === 'string')
      return { principal, goodUntilMs: claims.exp * 1000, hangsOn: [...lineage, ...parties] }
    },
  }
}

function presentedOf({
  jti,
  iss,
  iat,
  exp,
  [MINTED_FROM]: parents = [],
  ...rest
}: CheckedClaims): PresentedToken {
  if (typeof jti !== 'string' || !Array.isArray(parents)) throw invalid('claims')
  if (!parents.every((id) => typeof id === 'string')) throw invalid('claims')
  return {
    id: jti,
    kind: rest[LOGIN] === true ? 'login' : 'signed',
    mintedFrom: parents,
    expiresAt: exp * 1000,
    issuedAt: iat === undefined ? null : iat * 1000,
    issuer: iss ?? null,
    audience: audiencesOf(rest),
    clientId: typeof rest['client_id'] === 'string' ? rest['client_id'] : null,
  }
}

/** The actor, where there is one, is who asks; the subject is on whose behalf. */
async function principalOf(
  claims: CheckedClaims,
  token: PresentedToken,
  accounts: OwnIssuerParts['accounts'],
  bases: readonly string[],
): Promise<Principal> {
  const grants = withinOf(claims, grantsOfOwnToken(claims, bases))
  const subject = await findAccount(accounts, claims.sub)
  const actor = claims['act'] === undefined ? null : await findAccount(accounts, actorOf(claims['act']))
  return principalOfAccounts(subject, actor, grants, token)
}

/** Our own words, signed by ourselves; nobody else's `within` is read. */
function withinOf({ [WITHIN]: within }: CheckedClaims, grants: Grants): Grants {
  return within === undefined ? grants : { ...grants, within: within as Grants }
}

async function findAccount(accounts: OwnIssuerParts['accounts'], id: unknown): Promise<Account> {
  return standing(typeof id === 'string' ? await accounts.byId(id) : null)
}

/** The outermost `act` is the current actor; those inside it are history. */
function actorOf(act: unknown): unknown {
  return typeof act === 'object' && act !== null && 'sub' in act ? act.sub : null
}

function audiencesOf({ aud }: Pick<CheckedClaims, 'aud'>): readonly string[] {
  return typeof aud === 'string' ? [aud] : (aud ?? [])
}
