/** What the token endpoint hands to each of its grants, and what it gets back. Types only. */
import type { Caller } from '../../kernel/credential.ts'
import type { Grants } from '../../kernel/grants.ts'
import type { GrantClaims } from '../../kernel/granting/grants-of-claims.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { OAuthForm } from './oauth-form.ts'

/** A client of the token endpoint. `principal` only where it has proved who it is. */
export interface TokenClient {
  readonly id: string
  readonly principal: Principal | null
}

export interface TokenRequest {
  readonly form: OAuthForm
  /** `null`: none was named. */
  readonly client: TokenClient | null
  readonly caller: Caller
}

/** @see RFC 6749 section 5.1, RFC 8693 section 2.2.1, RFC 9396 section 7 */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** Seconds. */
  readonly expires_in: number
  readonly issued_token_type?: string
  readonly scope?: string
  readonly authorization_details?: unknown[]
  readonly refresh_token?: string
}

/** One grant type. @throws AppError `OAUTH_…` */
export type GrantHandler = (request: TokenRequest) => Promise<TokenAnswer>

/** An access token as a grant wants it; what it may do has been decided before. */
export interface AccessTokenOrder {
  /** Account whose standing counts: `sub`. */
  readonly subjectId: string
  /** Agent that acts for it: `act`. @see RFC 8693, section 4.1 */
  readonly actorId: string | null
  /** Outer history of `act`, where the presented token had an actor already. */
  readonly priorAct?: unknown
  readonly audience: readonly string[]
  /** The words that the token carries: `scope`, `authorization_details`; as the request had them. */
  readonly words: Pick<GrantClaims, 'authorization_details'> & { readonly scope?: string }
  /** What the token allowed that this one is minted from; `null`: there is none, or it allows everything. */
  readonly within: Grants | null
  /** Ids of the tokens that it is minted from, nearest first. */
  readonly mintedFrom: readonly string[]
  readonly clientId: string | null
  /** Made right at somebody's login, and not narrowed: it may become something that lives longer. */
  readonly login?: boolean
  /** Wish of the client, seconds; the default when absent, an hour at most. */
  readonly ttlSeconds?: number
  /** Milliseconds since 1970; the token lives no longer. */
  readonly notAfter: number | null
}

export interface IssuedToken {
  readonly token: string
  readonly id: string
  readonly expiresInSeconds: number
}

export type IssueAccessToken = (order: AccessTokenOrder) => Promise<IssuedToken>
