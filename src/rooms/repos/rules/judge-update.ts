/** What one rule says to one update of a branch that it holds. Pure; the rule about history is asked elsewhere. */
import { roleOf } from '../../../kernel/access.ts'
import type { Push } from '../../../kernel/policy.ts'
import { isDelete, type RefUpdate } from '../../../kernel/ref-update.ts'
import type { ProtectionRule } from '../../../store/protection-rules.ts'

type Mover = Pick<Push, 'principal' | 'resource' | 'via'>

/**
 * Owners and administrators are bound, too: they can change the rule, and the log tells it. Not bound
 * is who stands in `allow`, and the server itself, except where it brings what somebody else decided.
 */
export function binds(rule: ProtectionRule, { principal, via }: Mover): boolean {
  if (principal.kind === 'internal') return via === 'upstream' || via === 'nostr'
  const accounts = [principal.accountId, principal.actingFor ?? null]
  return !accounts.some((account) => account !== null && rule.allow.includes(account))
}

/** Why a rule refuses an update, as far as names tell. */
export type Fault = 'no deletion' | 'nobody may push' | 'only owners may push' | 'needs a pull request'

/** What these keep out somebody may merge. */
const KEPT_FOR_MERGES: ReadonlySet<Fault> = new Set(['only owners may push', 'needs a pull request'])

export function mayBecomePull(faults: readonly Fault[]): boolean {
  return faults.every((fault) => KEPT_FOR_MERGES.has(fault))
}

/** Of a rule that binds; `null`: it lets the update pass. */
export function faultOf(rule: ProtectionRule, mover: Mover, update: RefUpdate): Fault | null {
  if (isDelete(update) && !rule.delete) return 'no deletion'
  if (rule.push === 'none') return 'nobody may push'
  if (rule.push === 'owner' && !isOwner(mover)) return 'only owners may push'
  const isReviewed = mover.via === 'merge' || isDelete(update)
  if (rule.requirePullRequest && !isReviewed) return 'needs a pull request'
  return null
}

function isOwner({ principal, resource }: Mover): boolean {
  return principal.kind === 'internal' || roleOf(principal, resource) === 'owner'
}
