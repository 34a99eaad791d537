/** Puts the question of one moment to every policy, in order. A policy that throws refuses (fail closed). */
import type { Door } from './door.ts'
import { AppError } from './errors.ts'
import type { Ledger } from './ledger.ts'
import { SIGNED_STATE, UPSTREAM, type Principal } from './principal.ts'
import type { LastVerdict, PreparedPush, Push, QuarantinedPush, RefUpdatePolicy, Verdict } from './policy.ts'
import { refuse } from './ref-update.ts'

/** What an upstream has, or a maintainer has signed, is not ours to refuse: it only needs sound names and objects. */
const UNASKED: ReadonlySet<Principal> = new Set([UPSTREAM, SIGNED_STATE])

export function policiesFor(door: Door, { repo, principal }: Push): readonly RefUpdatePolicy[] {
  return UNASKED.has(principal) ? [] : door.policies.filter((policy) => policy.concerns?.(repo) ?? true)
}

/** Each policy hears only of what still stands when its turn comes. */
export async function ask<P extends Push>(
  door: Door,
  ledger: Ledger,
  push: P,
  question: (policy: RefUpdatePolicy, standing: P) => Verdict | undefined,
): Promise<void> {
  for (const policy of policiesFor(door, push)) {
    if (ledger.settled) return
    try {
      const decisions = (await question(policy, { ...push, updates: ledger.standing })) ?? []
      const refusals = decisions.filter((decision) => 'code' in decision)
      ledger.redirect(decisions.filter((decision) => 'to' in decision))
      ledger.refuse(refusals)
      if (refusals.length > 0) door.onDenied(push, refusals)
    } catch (err) {
      if (err instanceof AppError && err.code === 'OUTCOME_UNKNOWN') throw err
      door.onPolicyError(policy.name, err)
      ledger.refuse([refuse('POLICY_FAILED', null)])
    }
  }
}

/** As `ask`, until the deadline: whoever has not answered by then refuses everything. */
export async function askPrepared(door: Door, ledger: Ledger, push: QuarantinedPush): Promise<void> {
  const deadline = AbortSignal.timeout(door.preparedDeadlineMs)
  const late = new Promise<LastVerdict>((resolve) => {
    deadline.addEventListener('abort', () => resolve([refuse('DEADLINE', null)]), { once: true })
  })
  const prepared: PreparedPush = { ...push, deadline }
  await ask(door, ledger, prepared, (policy, standing) => {
    const verdict = policy.onPrepared?.(standing)
    return verdict === undefined ? undefined : Promise.race([verdict, late]).then((refusals) => refusals)
  })
}
