/**
 * Refresh tokens as their owners see them: a first one, a successor for each use, an end. Their rules
 * are kept by the store; that they are no credentials is so because no verifier knows their rows.
 *
 * @see RFC 6749, section 6; RFC 9700, section 4.14.2
 */
import { mintOpaqueToken, parseOpaqueToken } from '../../../kernel/opaque-token.ts'
import type { Actor } from '../../../http/actor.ts'
import type {
  NewRefreshFamily,
  PresentedRefreshToken,
  RefreshFamily,
  RefreshTokens,
} from '../../../store/refresh-tokens.ts'

const KIND = 'refresh'

export interface RefreshFamiliesParts {
  readonly rows: RefreshTokens
  readonly newId: () => string
  /** The next request of this process sees that a family has ended. */
  readonly credentialsChanged: () => void
}

export interface StartedFamily {
  readonly family: RefreshFamily
  /** Its first token; a secret. */
  readonly refreshToken: string
}

export class RefreshFamilies {
  readonly #rows: RefreshTokens
  readonly #newId: () => string
  readonly #credentialsChanged: () => void

  constructor(parts: RefreshFamiliesParts) {
    this.#rows = parts.rows
    this.#newId = parts.newId
    this.#credentialsChanged = parts.credentialsChanged
  }

  /** Whoever issues its access tokens lets them be minted from the family: see `lineageOfFamily`. */
  async start(family: Omit<NewRefreshFamily, 'id'>): Promise<StartedFamily> {
    const { token, hash } = mintOpaqueToken(KIND)
    const by: Actor = { actorId: family.subjectId, agentId: family.actorId }
    return {
      family: await this.#rows.start({ id: this.#newId(), ...family }, hash, by),
      refreshToken: token,
    }
  }

  /** `null`: no refresh token, or of a family that has ended. */
  async find(refreshToken: string): Promise<PresentedRefreshToken | null> {
    const hash = hashOf(refreshToken)
    return hash === null ? null : this.#rows.present(hash)
  }

  /** @returns the successor; `null` when the token was no good, and maybe its whole family is not any more */
  async rotate(refreshToken: string): Promise<string | null> {
    const hash = hashOf(refreshToken)
    const successor = mintOpaqueToken(KIND)
    if (hash !== null && (await this.#rows.rotate(hash, successor.hash))) return successor.token
    this.#credentialsChanged()
    return null
  }

  /** Ends the family and all that was minted from it. @see RFC 7009, section 2.1 */
  async revoke({ id, subjectId, actorId }: RefreshFamily): Promise<void> {
    await this.#rows.revoke(id, { actorId: subjectId, agentId: actorId })
    this.#credentialsChanged()
  }
}

/** Of the access tokens of a family. */
export function lineageOfFamily({ id, mintedFrom, endsAt }: RefreshFamily) {
  return { mintedFrom: [id, ...mintedFrom], notAfter: endsAt }
}

function hashOf(text: string): string | null {
  const parsed = parseOpaqueToken(text)
  return parsed?.kind === KIND ? parsed.hash : null
}
