/**
 * The exchange of a token for one that may do the same or less, for a while: on one repository, by a
 * sub-agent, by a machine that acts for the subject. Writes nothing.
 *
 * @see RFC 8693
 */
import { subjectOf } from '../../kernel/principal.ts'
import { mayActFor, type MayActForParts } from './may-act-for.ts'
import { invalidRequest, type OAuthForm } from './oauth-form.ts'
import {
  ACCESS_TOKEN_TYPE,
  actorsOf,
  JWT_TYPE,
  presentedToken,
  type Presented,
  type VerifyToken,
} from './presented-token.ts'
import { grantRequestOf, type ReadRequestedGrants } from './requested-grants.ts'
import { tokenAnswer } from './token-answer.ts'
import type { AccessTokenOrder, GrantHandler, IssueAccessToken } from './token-endpoint-types.ts'
import { lineageOf, wishedLife } from './token-lifetime.ts'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

export interface TokenExchangeParts extends MayActForParts {
  readonly verify: VerifyToken
  readonly requested: ReadRequestedGrants
  readonly issue: IssueAccessToken
}

export function tokenExchange(parts: TokenExchangeParts): GrantHandler {
  return async ({ form, client, caller }) => {
    const issuedType = issuedTypeOf(form)
    const verify = (token: string) => parts.verify(token, caller)
    const subject = await presentedToken('subject_token', form, verify)
    const actor = await actorIn(form, verify)
    const granted = await parts.requested(grantRequestOf(form), subject.principal)
    const issued = await parts.issue({
      ...(await partiesOf(parts, subject, actor)),
      ...granted,
      ...lineageOf(subject.principal.token, ...(actor ? [actor.principal.token] : [])),
      ...wishedLife(form),
      clientId: client?.id ?? subject.principal.token.clientId,
    })
    return { ...tokenAnswer(issued, granted.words), issued_token_type: issuedType }
  }
}

/** What we issue is both. @see RFC 8693, section 3 */
function issuedTypeOf(form: OAuthForm): string {
  const wanted = form.get('requested_token_type') ?? ACCESS_TOKEN_TYPE
  if (wanted === ACCESS_TOKEN_TYPE || wanted === JWT_TYPE) return wanted
  throw invalidRequest('requested_token_type must be access_token or jwt')
}

/** @see RFC 8693, section 2.1: a type without a token is a fault */
async function actorIn(
  form: OAuthForm,
  verify: Parameters<typeof presentedToken>[2],
): Promise<Presented | null> {
  if (form.get('actor_token') !== null) return presentedToken('actor_token', form, verify)
  if (form.get('actor_token_type') !== null) throw invalidRequest('actor_token_type without actor_token')
  return null
}

type Parties = Pick<AccessTokenOrder, 'subjectId' | 'actorId' | 'priorAct'>

/**
 * The subject stays who it is. Who acts for it already goes on doing so, or becomes history when
 * somebody else takes over.
 */
async function partiesOf(
  parts: MayActForParts,
  subject: Presented,
  actor: Presented | null,
): Promise<Parties> {
  const subjectId = subjectOf(subject.principal) ?? subject.principal.accountId
  const acting = actorsOf(subject)
  if (actor === null) return { subjectId, ...actingNow(subject, acting) }
  if (!(await mayActFor(parts, actor.principal, subjectId)))
    throw invalidRequest('actor_token is of no machine that the subject may let act')
  return { subjectId, actorId: actor.principal.accountId, priorAct: acting }
}

function actingNow({ principal }: Presented, acting: unknown): Omit<Parties, 'subjectId'> {
  if (principal.actingFor === undefined) return { actorId: null }
  const { act } = acting as { readonly act?: unknown }
  return { actorId: principal.accountId, ...(act !== undefined && { priorAct: act }) }
}
