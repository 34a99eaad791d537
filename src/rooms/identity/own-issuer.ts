/** Tokens that this server signed itself. @see RFC 9068, RFC 8693 section 4.1 */
import type { CryptoKey } from 'jose'
import type { Clock } from '../../kernel/ports.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Account, AccountDirectory } from './accounts.ts'
import { isOurs } from './audience.ts'
import { grantsOfOwnToken } from './grants.ts'
import { checkJwt, type CheckedClaims, type JwtIssuer } from './jwt.ts'
import type { SigningKeys } from './signing-keys.ts'
import { invalid } from './token-verifier.ts'

/** Private claim: ids of the tokens that this one was made from, by exchange or attenuation. */
export const MINTED_FROM = 'minted_from'

export interface OwnIssuerParts {
  /** Values of `iss` that are ours, from the configuration; none: no token is ours. */
  readonly issuers: readonly string[]
  readonly keys: Pick<SigningKeys, 'publicKey'>
  readonly accounts: Pick<AccountDirectory, 'byId'>
  /**
   * Is any of these revoked? Asked when a token is first seen, with its id and the ids of those it was
   * minted from; what happens later is for `BearerTokens.forget`.
   */
  readonly anyRevoked: (tokenIds: readonly string[]) => Promise<boolean>
  readonly clock: Clock
}

export function ownIssuer(parts: OwnIssuerParts): JwtIssuer {
  const issuers = parts.issuers.filter((issuer) => issuer !== '')
  const rules = { algorithms: ['ES256'], issuers }
  return {
    claims: (jwt) => jwt.issuer !== null && issuers.includes(jwt.issuer),
    verify: async (token) => {
      const claims = await checkJwt(token, ({ kid }) => findKey(parts.keys, kid), rules, parts.clock)
      if (!audiencesOf(claims).some((aud) => isOurs(aud, issuers))) throw invalid('wrong-audience')
      const lineage = lineageOf(claims)
      if (await parts.anyRevoked(lineage)) throw invalid('revoked')
      const principal = await principalOf(claims, lineage[0], parts.accounts, issuers)
      return { principal, goodUntilMs: claims.exp * 1000, lineage }
    },
  }
}

/** `jti` first, then what it was minted from. */
function lineageOf({ jti, [MINTED_FROM]: parents = [] }: CheckedClaims): readonly [string, ...string[]] {
  if (typeof jti !== 'string' || !Array.isArray(parents)) throw invalid('claims')
  if (!parents.every((id) => typeof id === 'string')) throw invalid('claims')
  return [jti, ...parents]
}

/** `kid` only ever looks into the map of our own keys. */
async function findKey(keys: OwnIssuerParts['keys'], kid: unknown): Promise<CryptoKey> {
  const key = typeof kid === 'string' ? await keys.publicKey(kid) : null
  if (key === null) throw invalid('unknown-key')
  return key
}

/** The actor, where there is one, is who asks; the subject is on whose behalf. */
async function principalOf(
  claims: CheckedClaims,
  tokenId: string,
  accounts: OwnIssuerParts['accounts'],
  bases: readonly string[],
): Promise<Principal> {
  const grants = grantsOfOwnToken(claims, bases)
  const subject = await findAccount(accounts, claims.sub)
  const actor = claims['act'] === undefined ? null : await findAccount(accounts, actorOf(claims['act']))
  const { kind, id, displayName, email } = actor ?? subject
  const standing = { accountId: id, displayName, email, grants, tokenId }
  return actor === null ? { ...standing, kind } : { ...standing, kind: 'agent', actingFor: subject.id }
}

async function findAccount(accounts: OwnIssuerParts['accounts'], id: unknown): Promise<Account> {
  const account = typeof id === 'string' ? await accounts.byId(id) : null
  if (account === null) throw invalid('unknown-account')
  return account
}

/** The outermost `act` is the current actor; those inside it are history. */
function actorOf(act: unknown): unknown {
  return typeof act === 'object' && act !== null && 'sub' in act ? act.sub : null
}

function audiencesOf({ aud }: CheckedClaims): readonly string[] {
  return typeof aud === 'string' ? [aud] : (aud ?? [])
}
