/** Makes a long-lived token. Whose it is and what it may do is decided here; the route only reads and shows. */
import { AppError } from '../../../kernel/errors.ts'
import { standsFor, type Account } from '../../../kernel/account.ts'
import type { Grants } from '../../../kernel/grants.ts'
import { mintOpaqueToken } from '../../../kernel/opaque-token.ts'
import type { Clock } from '../../../kernel/ports.ts'
import { type Principal } from '../../../kernel/principal.ts'
import type { Actor } from '../../../store/log/events.ts'
import type { OpaqueToken, OpaqueTokens } from '../../../store/opaque-tokens.ts'
import type { ManagedAccount } from '../accounts/managed-account.ts'
import { fault, grantsOfBody, grantsWithin, type AskedWords } from '../asked-of-rest.ts'

export const DEFAULT_LIFE_SECONDS = 90 * 86_400
export const MAX_LIFE_SECONDS = 365 * 86_400
/** Of all that a token allows and came from, as JSON: each token minted from another one holds that of the other. */
const MAX_LIMITS_CHARS = 32 * 1024

export interface TokenOrder extends AskedWords {
  readonly name: string
  readonly kind: 'personal' | 'deploy'
  /** Machine that it is for; absent: whoever asks. */
  readonly account?: string | undefined
  readonly expiresIn?: number | undefined
}

export interface MintParts {
  readonly tokens: Pick<OpaqueTokens, 'insert'>
  readonly accounts: { byId(id: string): Promise<Account | null> }
  /** Machines only. */
  readonly managedMachine: ManagedAccount
  readonly newId: () => string
  readonly clock: Clock
}

/**
 * @returns the token, for this once, and its row
 * @throws AppError `NOT_FOUND`: no such machine of his; `CONFLICT`: it, or whom it acts for, is disabled;
 *   `FORBIDDEN`, `VALIDATION_ERROR`
 */
export async function mintLongLived(
  parts: MintParts,
  principal: Principal,
  order: TokenOrder,
  by: Actor,
): Promise<{ readonly token: string; readonly row: OpaqueToken }> {
  const asked = grantsOfBody(order)
  const holder = await holderOf(parts, principal, order.account)
  const subject = await parts.accounts.byId(holder.actingFor ?? holder.accountId)
  checkEnabled(subject)
  const grants = grantsWithin(principal, asked, { administrator: subject?.administrator ?? false })
  if (order.kind === 'deploy') checkNamesRepositories(grants)
  const mintedFrom = lineageOf(principal)
  checkSize(grants, mintedFrom)
  const { token, hash, kind } = mintOpaqueToken(order.kind)
  const row = await parts.tokens.insert(
    {
      id: parts.newId(),
      hash,
      kind,
      ...holder,
      name: order.name,
      grants,
      mintedFrom,
      createdBy: principal.accountId,
      expiresAt: endOf(principal, parts.clock.now(), order.expiresIn ?? DEFAULT_LIFE_SECONDS),
    },
    by,
  )
  return { token, row }
}

type Holder = Pick<OpaqueToken, 'accountId' | 'actingFor'>

/** An agent of a person acts for that person, whoever made the token. @see RFC 8693, section 4.1 */
async function holderOf(
  parts: MintParts,
  principal: Principal,
  machineId: string | undefined,
): Promise<Holder> {
  const { accountId, actingFor = null } = principal
  if (machineId === undefined || machineId === accountId) {
    if (accountId !== null) return { accountId, actingFor }
    throw new AppError('FORBIDDEN', { details: { required: 'account', reason: 'say for which account' } })
  }
  const machine = await parts.managedMachine(principal, machineId)
  checkEnabled(machine)
  const { subjectId, actorId } = standsFor(machine)
  return { accountId: machine.id, actingFor: actorId === null ? null : subjectId }
}

function checkEnabled(account: Pick<Account, 'disabledAt'> | null): void {
  if (account === null || account.disabledAt === null) return
  throw new AppError('CONFLICT', { details: { reason: 'the account is disabled' } })
}

/** A deploy token lies about on machines: it must say for which repositories it is. */
function checkNamesRepositories({ admin, repositories }: Grants): void {
  if (!admin && repositories.every(({ target }) => target.kind !== 'all')) return
  throw fault('scope', 'a deploy token must name its repositories: repo:<org>/<name>:write')
}

function checkSize(grants: Grants, mintedFrom: readonly string[]): void {
  if (JSON.stringify([grants, mintedFrom]).length <= MAX_LIMITS_CHARS) return
  throw fault('scope', 'too much: ask for fewer limits, or from a token nearer the login')
}

/**
 * It falls with what it was minted from. Of a login that is the token that was presented: whoever signs
 * out has ended that login, and keeps the tokens that he made in it.
 */
function lineageOf({ token }: Principal): readonly string[] {
  if (token === undefined) return []
  return token.kind === 'login' ? [token.id] : [token.id, ...token.mintedFrom]
}

/** Only a login may become something that lives longer. @returns milliseconds since 1970 */
function endOf({ token }: Principal, now: number, lifeSeconds: number): number {
  const latest = token === undefined || token.kind === 'login' ? null : token.expiresAt
  return Math.min(now + lifeSeconds * 1000, latest ?? Infinity)
}
