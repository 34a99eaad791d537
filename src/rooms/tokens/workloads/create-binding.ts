/** A new binding, if it would let in no more than whoever makes it may decide. */
import type { z } from 'zod'
import type { Actor } from '../../../http/actor.ts'
import { standsFor, type Account } from '../../../kernel/account.ts'
import { AppError } from '../../../kernel/errors.ts'
import { isOurs } from '../../../kernel/granting/audience.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { WorkloadBinding, WorkloadBindings } from '../../../store/workload-bindings.ts'
import { fault, grantsOfBody, grantsWithin } from '../asked-of-rest.ts'
import { faultOfClaims } from './binding-match.ts'
import type { NewBinding } from './binding-json.ts'

const MAX_PER_ACCOUNT = 50

export interface CreateBindingParts {
  readonly bindings: Pick<WorkloadBindings, 'create'>
  readonly accounts: { byId(id: string): Promise<Account | null> }
  /** Those in the settings, with the audiences that stand there. */
  readonly issuers: readonly { readonly issuer: string; readonly audiences: readonly string[] }[]
  /** Public origins of this server. */
  readonly bases: readonly string[]
  readonly newId: () => string
}

/**
 * @param account a machine
 * @throws AppError `VALIDATION_ERROR` for claims or words that will not do; `FORBIDDEN` for `admin`;
 *   `UNPROCESSABLE` for an issuer or audience that is not known here, or one binding too many
 */
export async function createBinding(
  parts: CreateBindingParts,
  account: Account,
  body: z.output<typeof NewBinding>,
  by: { readonly principal: Principal; readonly actor: Actor },
): Promise<WorkloadBinding> {
  const { issuer, audience, claims } = body
  const claimsFault = faultOfClaims(claims)
  if (claimsFault !== null) throw fault('claims', claimsFault)
  checkIssuer(parts, issuer, audience)
  const { subjectId } = standsFor(account)
  const subject = subjectId === account.id ? account : await parts.accounts.byId(subjectId)
  const grants = grantsWithin(by.principal, grantsOfBody(body), subject ?? account)
  const binding = { id: parts.newId(), accountId: account.id, issuer, audience, claims, grants }
  const createdBy = by.actor.actorId
  const made = await parts.bindings.create({ ...binding, createdBy }, MAX_PER_ACCOUNT, by.actor)
  if (made === null) throw unprocessable(`an account has at most ${MAX_PER_ACCOUNT} bindings`)
  return made
}

/** An assertion that was meant for another service must not open this one. @see RFC 7523, section 3, number 3 */
function checkIssuer({ issuers, bases }: CreateBindingParts, issuer: string, audience: string): void {
  const known = issuers.find((one) => one.issuer === issuer)
  if (!known) throw unprocessable('no such issuer is in SLUICE_ISSUERS; ask whoever runs this server')
  if (!known.audiences.includes(audience) && !isOurs(audience, bases))
    throw unprocessable('the audience is neither of this server, nor of the issuer in SLUICE_ISSUERS')
}

function unprocessable(reason: string): AppError {
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
