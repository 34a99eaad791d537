/** A machine asks by its id and its secret, which is one of its own opaque tokens. @see RFC 6749, section 4.4 */
import { AppError } from '../../kernel/errors.ts'
import { subjectOf } from '../../kernel/principal.ts'
import { grantRequestOf, type ReadRequestedGrants } from './requested-grants.ts'
import { tokenAnswer } from './token-answer.ts'
import type { GrantHandler, IssueAccessToken } from './token-endpoint-types.ts'
import { lineageOf, wishedLife } from './token-lifetime.ts'

export const CLIENT_CREDENTIALS = 'client_credentials'

export interface ClientCredentialsParts {
  readonly requested: ReadRequestedGrants
  readonly issue: IssueAccessToken
}

/** What is issued is the machine as its secret is: an agent of a person in that person's name. */
export function clientCredentials({ requested, issue }: ClientCredentialsParts): GrantHandler {
  return async ({ form, client }) => {
    const principal = client?.principal
    if (!client || !principal?.token || principal.accountId === null)
      throw new AppError('OAUTH_INVALID_CLIENT', { details: { reason: 'this grant needs a client secret' } })
    if (principal.kind !== 'agent' && principal.kind !== 'service')
      throw new AppError('OAUTH_UNAUTHORIZED_CLIENT', { details: { reason: 'it is for machines' } })
    const granted = await requested(grantRequestOf(form), principal)
    const issued = await issue({
      subjectId: subjectOf(principal) ?? principal.accountId,
      actorId: principal.actingFor === undefined ? null : principal.accountId,
      ...granted,
      ...lineageOf(principal.token),
      ...wishedLife(form),
      clientId: client.id,
    })
    return tokenAnswer(issued, granted.words)
  }
}
