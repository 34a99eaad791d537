/** The tokens room: who gets a token for what, how it is told of and taken back. */
import type { Clock } from '../kernel/ports.ts'
import { issueAccessToken } from '../rooms/tokens/issue-access-token.ts'
import { tokenSigner } from '../rooms/tokens/keys/sign-token.ts'
import type { IssueAccessToken } from '../rooms/tokens/token-endpoint-types.ts'
import type { Identity } from './identity.ts'

export interface Tokens {
  readonly issue: IssueAccessToken
}

export interface TokensParts {
  readonly identity: Identity
  readonly clock: Clock
  readonly baseUrl: string
}

export function openTokens({ identity, clock, baseUrl }: TokensParts): Tokens {
  const sign = tokenSigner(identity.issuers[0] ?? baseUrl, identity.keys, clock)
  const issue = issueAccessToken({ sign, clock })
  return { issue }
}
