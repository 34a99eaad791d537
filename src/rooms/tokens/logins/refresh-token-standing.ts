/** A refresh token as whoever asks about it sees it: whose login it keeps going, and what that grants. */
import type { Principal } from '../../../kernel/principal.ts'
import type { StandingPrincipal } from '../standing-principal.ts'
import { lineageOfFamily, type RefreshFamilies } from './refresh-families.ts'

export interface RefreshTokenStandingParts {
  readonly families: Pick<RefreshFamilies, 'find'>
  readonly anyRevoked: (tokenIds: readonly string[]) => Promise<boolean>
  readonly standing: StandingPrincipal
}

/** `null`: no refresh token, or one that would get nothing. Uses nothing up. */
export type StandingOfRefreshToken = (token: string) => Promise<Principal | null>

export function standingOfRefreshToken(parts: RefreshTokenStandingParts): StandingOfRefreshToken {
  return async (token) => {
    const presented = await parts.families.find(token)
    if (presented === null || presented.reused) return null
    const { family } = presented
    if (await parts.anyRevoked(lineageOfFamily(family).mintedFrom)) return null
    const principal = await parts.standing(family, family.grants)
    if (principal === null) return null
    const { id, mintedFrom, endsAt, clientId } = family
    const described = { id, mintedFrom, expiresAt: endsAt, clientId }
    return {
      ...principal,
      token: { ...described, kind: 'opaque', issuedAt: null, issuer: null, audience: [] },
    }
  }
}
