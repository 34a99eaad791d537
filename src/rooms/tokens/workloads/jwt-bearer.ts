/**
 * A workload's own identity for a token of the machine that it is bound to: no secret is stored
 * anywhere. Writes nothing. Whatever is wrong with the assertion, the answer is the same.
 *
 * @see RFC 7523, sections 2.1 and 3; RFC 7521, section 4.1
 */
import { standsFor, type Account } from '../../../kernel/account.ts'
import type { Assertion, VerifyAssertion } from '../../../kernel/assertion.ts'
import { AppError } from '../../../kernel/errors.ts'
import { DEFAULT_TOKEN_SECONDS } from '../../../kernel/token-times.ts'
import type { WorkloadBinding, WorkloadBindings } from '../../../store/workload-bindings.ts'
import { grantRequestOf, type ReadRequestedGrants } from '../requested-grants.ts'
import type { StandingPrincipal } from '../standing-principal.ts'
import { tokenAnswer } from '../token-answer.ts'
import type { GrantHandler, IssueAccessToken, TokenClient } from '../token-endpoint-types.ts'
import { wishedLife } from '../token-lifetime.ts'
import { chooseBinding, matchesBinding } from './binding-match.ts'

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A token outlives the assertion by no more: jobs are longer than the minutes that some assertions live. */
const BEYOND_ASSERTION_MS = DEFAULT_TOKEN_SECONDS * 1000

export interface JwtBearerParts {
  readonly verifyAssertion: VerifyAssertion
  readonly bindings: Pick<WorkloadBindings, 'candidates'>
  readonly accounts: { byId(id: string): Promise<Account | null> }
  readonly standing: StandingPrincipal
  readonly requested: ReadRequestedGrants
  readonly issue: IssueAccessToken
}

export function jwtBearer(parts: JwtBearerParts): GrantHandler {
  return async ({ form, client }) => {
    const assertion = await verified(parts.verifyAssertion, form.require('assertion'))
    const binding = await bindingFor(parts, assertion, client)
    const parties = await partiesOf(parts, binding)
    const principal = await parts.standing(parties, binding.grants)
    if (principal === null) throw invalidGrant()
    const granted = await parts.requested(grantRequestOf(form), principal)
    const issued = await parts.issue({
      ...parties,
      ...granted,
      ...wishedLife(form),
      mintedFrom: [binding.id],
      notAfter: assertion.expiresAt + BEYOND_ASSERTION_MS,
      clientId: client?.id ?? binding.accountId,
    })
    return tokenAnswer(issued, granted.words)
  }
}

/** A server that cannot tell now is no fault of the assertion. */
async function verified(verify: VerifyAssertion, jwt: string): Promise<Assertion> {
  try {
    return await verify(jwt)
  } catch (err) {
    throw err instanceof AppError && err.code === 'INVALID_CREDENTIAL' ? invalidGrant() : err
  }
}

async function bindingFor(
  { bindings }: JwtBearerParts,
  assertion: Assertion,
  client: TokenClient | null,
): Promise<WorkloadBinding> {
  const candidates = await bindings.candidates(assertion.issuer, assertion.audiences)
  const matching = candidates.filter((binding) => matchesBinding(binding, assertion))
  const binding = chooseBinding(matching, client?.id ?? null)
  if (binding === null) throw invalidGrant()
  return binding
}

async function partiesOf({ accounts }: JwtBearerParts, { accountId }: WorkloadBinding) {
  const account = await accounts.byId(accountId)
  if (account === null) throw invalidGrant()
  return standsFor(account)
}

function invalidGrant(): AppError {
  const reason =
    'no binding accepts this assertion; where it fits several accounts, client_id must name the one that is meant'
  return new AppError('OAUTH_INVALID_GRANT', { details: { reason } })
}
