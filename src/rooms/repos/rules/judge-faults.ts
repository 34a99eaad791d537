/** What becomes of updates that rules refuse: a pull request, where the repository says so, or nothing. Pure. */
import type { Push } from '../../../kernel/policy.ts'
import { isCreate, isDelete, refuse, type Refusal, type RefUpdate } from '../../../kernel/ref-update.ts'
import { mayBecomePull, type Fault } from './judge-update.ts'

export interface FaultyUpdate {
  readonly update: RefUpdate
  /** One of each rule that refuses it. */
  readonly faults: readonly [Fault, ...Fault[]]
}

export interface Judged {
  readonly refusals: readonly Refusal[]
  /** Go to pull requests. */
  readonly forPulls: readonly RefUpdate[]
}

/** Whoever pushes all branches to a repository that protects all of them wants no pull request for each. */
const MAX_PULLS = 10

const CANNOT_TELL =
  'this client could not be told that a pull request was opened instead: push to another branch and open one'

export function judgeFaults(push: Push, faulty: readonly FaultyUpdate[]): Judged {
  const fit = faulty.filter((each) => mayBePulled(push, each))
  const goes = fit.length <= MAX_PULLS && push.readsRedirections === true
  const refused = goes ? faulty.filter((each) => !fit.includes(each)) : faulty
  const refusals = refused.map((each) => {
    const refusal = refuse('BRANCH_PROTECTED', each.update.ref, each.faults[0])
    return fit.includes(each) && !push.readsRedirections ? { ...refusal, hint: CANNOT_TELL } : refusal
  })
  return { refusals, forPulls: goes ? fit.map(({ update }) => update) : [] }
}

/** Not before an upstream: its pull requests are its own. Nor by REST, which names the branch that it writes. */
function mayBePulled({ repo, via }: Push, { update, faults }: FaultyUpdate): boolean {
  if (repo.protectedPush !== 'open-pull-request' || repo.kind !== 'hosted' || via !== 'git') return false
  return !isCreate(update) && !isDelete(update) && mayBecomePull(faults)
}
