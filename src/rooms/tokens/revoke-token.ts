/**
 * Takes one token back, of whatever kind, with all that was minted from it. Asks nobody's permission:
 * who has a token may do so.
 *
 * @see RFC 7009, section 2.1
 */
import type { Caller } from '../../kernel/credential.ts'
import { AppError } from '../../kernel/errors.ts'
import { subjectOf, type PresentedToken, type Principal } from '../../kernel/principal.ts'
import type { Actor } from '../../store/log/events.ts'
import type { RefreshFamilies } from './logins/refresh-families.ts'
import type { VerifyToken } from './presented-token.ts'
import type { TokenClient } from './token-endpoint-types.ts'

export interface RevokeTokenParts {
  /** Recognises a token also while it could not be used. @throws AppError `INVALID_CREDENTIAL` */
  readonly identify: VerifyToken
  readonly tokens: {
    revoke(
      id: string,
      by: Actor,
      unlisted: { kind: string; accountId: string | null; expiresAt: number } | null,
    ): Promise<unknown>
  }
  /** Refresh tokens: the whole login ends with one of them. */
  readonly families: Pick<RefreshFamilies, 'find' | 'revoke'>
  /** The next request of this process sees it. */
  readonly credentialsChanged: () => void
}

/**
 * A token that is not valid is nobody's loss, and no error. @see RFC 7009, section 2.2
 *
 * @param client who has named himself; the token of another client is not his to take
 * @throws AppError `OAUTH_INVALID_GRANT`, `UNAVAILABLE`
 */
export type RevokeToken = (token: string, client: TokenClient | null, caller: Caller) => Promise<void>

export function revokeToken(parts: RevokeTokenParts): RevokeToken {
  const { identify, tokens, families, credentialsChanged } = parts
  return async (secret, client, caller) => {
    const login = await families.find(secret)
    if (login !== null) {
      checkClient(client, login.family)
      return families.revoke(login.family)
    }
    const found = await identify(secret, caller).catch(asInvalid)
    if (found?.token === undefined) return
    checkClient(client, found.token)
    const unlisted = found.token.kind === 'opaque' ? null : unlistedOf(found, found.token)
    await tokens.revoke(found.token.id, actorOf(client?.principal ?? found), unlisted)
    credentialsChanged()
  }
}

/** A token that was issued to nobody in particular belongs to whoever has it. @see RFC 6749, section 5.2 */
function checkClient(client: TokenClient | null, { clientId }: Pick<PresentedToken, 'clientId'>): void {
  if (client === null || clientId === null || client.id === clientId) return
  throw new AppError('OAUTH_INVALID_GRANT', { details: { reason: 'it was issued to another client' } })
}

function unlistedOf({ accountId }: Principal, { kind, expiresAt }: PresentedToken) {
  if (expiresAt === null) throw new Error('a token without a row has no end')
  return { kind, accountId, expiresAt }
}

function actorOf(principal: Principal): Actor {
  return {
    actorId: subjectOf(principal),
    agentId: principal.kind === 'agent' ? principal.accountId : null,
  }
}

function asInvalid(err: unknown): null {
  if (err instanceof AppError && err.code === 'INVALID_CREDENTIAL') return null
  throw err
}
