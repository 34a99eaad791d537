/**
 * Protected branches, at the door: pushes, commits and merges by REST, and mirrors alike. Where several
 * rules hold a branch, each of them must agree. Where the repository says so, a push that only a merge could
 * bring goes to a pull request instead.
 */
import { isForced } from '../../../kernel/forced.ts'
import type { Oid, RefName, RepoId } from '../../../kernel/ids.ts'
import type { Push, QuarantinedPush, RefUpdatePolicy } from '../../../kernel/policy.ts'
import {
  isBranch,
  isCreate,
  isDelete,
  refuse,
  type Redirection,
  type Refusal,
  type RefUpdate,
} from '../../../kernel/ref-update.ts'
import { rulesOn, type ProtectionRule } from '../../../store/protection-rules.ts'
import { judgeFaults, type FaultyUpdate } from './judge-faults.ts'
import { binds, faultOf } from './judge-update.ts'

export interface ProtectionsParts {
  readonly rulesOf: (repoId: RepoId) => Promise<readonly ProtectionRule[]>
  /** Where branches were that a rule held when they were deleted. */
  readonly deleted: {
    keep(repoId: RepoId, ref: RefName, oid: Oid): Promise<void>
    lastValue(repoId: RepoId, ref: RefName): Promise<Oid | null>
  }
  /** Sends an update to a pull request; a refusal where there can be none. */
  readonly redirect: (push: QuarantinedPush, update: RefUpdate) => Promise<Redirection | Refusal>
}

export function protections(parts: ProtectionsParts): RefUpdatePolicy {
  const { rulesOf, deleted, redirect } = parts
  return {
    name: 'repos.protections',
    concerns: ({ kind }) => kind !== 'grasp', // its maintainers' signed word stands above

    async onCommands(push) {
      return judgeFaults(push, faultyOnes(push, heldBranches(push, await rulesOf(push.repo.id)))).refusals
    },

    async onObjects(push) {
      const held = heldBranches(push, await rulesOf(push.repo.id))
      const judged = judgeFaults(push, faultyOnes(push, held)) // a pack may take an hour, and a rule be made meanwhile
      const decisions: (Refusal | Redirection)[] = [...judged.refusals]
      for (const update of judged.forPulls) decisions.push(await redirect(push, update))
      for (const { update, rules } of held) {
        const steady = rules.filter((rule) => !rule.force)
        if (steady.length === 0 || judged.forPulls.includes(update)) continue
        if (isDelete(update)) await deleted.keep(push.repo.id, update.ref, update.oldOid)
        else if (steady.some((rule) => binds(rule, push))) {
          const refusal = await refuseRewriting(deleted, push, update)
          if (refusal) decisions.push(refusal)
        }
      }
      return decisions
    },
  }
}

interface HeldBranch {
  readonly update: RefUpdate
  readonly rules: readonly ProtectionRule[]
}

function heldBranches(push: Push, rules: readonly ProtectionRule[]): HeldBranch[] {
  if (rules.length === 0) return []
  return push.updates
    .filter(({ ref }) => isBranch(ref))
    .map((update) => ({ update, rules: rulesOn(rules, update.ref) }))
    .filter((held) => held.rules.length > 0)
}

function faultyOnes(push: Push, held: readonly HeldBranch[]): FaultyUpdate[] {
  return held.flatMap(({ update, rules }) => {
    const binding = rules.filter((rule) => binds(rule, push))
    const [fault, ...more] = binding.flatMap((rule) => faultOf(rule, push, update) ?? [])
    return fault === undefined ? [] : [{ update, faults: [fault, ...more] as const }]
  })
}

/** A branch that was deleted and is made anew goes on from where it was. */
async function refuseRewriting(
  deleted: ProtectionsParts['deleted'],
  push: QuarantinedPush,
  update: RefUpdate,
): Promise<Refusal | null> {
  const { ref, newOid } = update
  if (!isCreate(update)) {
    return (await isForced(push.objects, update)) ? refuse('BRANCH_PROTECTED', ref, 'no forced update') : null
  }
  const oldOid = await deleted.lastValue(push.repo.id, ref)
  if (oldOid === null || !(await isForced(push.objects, { ref, oldOid, newOid }))) return null
  return refuse('BRANCH_PROTECTED', ref, `it was deleted at ${oldOid}, and must go on from there`)
}
