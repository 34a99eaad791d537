/** The locks of one push on its refs: what cannot be locked falls, and what is left is one transaction. */
import { AppError } from './errors.ts'
import type { Ledger } from './ledger.ts'
import type { LockFailure, Quarantine, RefTransaction } from './ports.ts'
import { refuse } from './ref-update.ts'

export class Locks implements AsyncDisposable {
  readonly #ledger: Ledger
  readonly #quarantine: Quarantine
  #held: RefTransaction | null = null

  constructor(ledger: Ledger, quarantine: Quarantine) {
    this.#ledger = ledger
    this.#quarantine = quarantine
  }

  /** Locks what stands; refs that cannot be locked fall, and the rest is tried once more. */
  async take(): Promise<void> {
    const ledger = this.#ledger
    for (const attempt of ['first', 'last'] as const) {
      if (ledger.settled) return
      const refs = this.#quarantine.beginRefTransaction(ledger.standing)
      const failures = await prepare(refs)
      if (failures.length === 0) {
        this.#held = refs
        return
      }
      await refs[Symbol.asyncDispose]()
      ledger.refuse(failures.map(lockRefusal))
      if (attempt === 'last') ledger.refuse([refuse('REF_LOCKED', null)])
    }
  }

  /**
   * Locks anew, because some refs have fallen since; the transaction would move them as well.
   *
   * @throws AppError `OUTCOME_UNKNOWN`: somebody has taken one of the others meanwhile, although a policy let it pass
   */
  async narrow(): Promise<void> {
    const before = this.#ledger.standing.length
    await this[Symbol.asyncDispose]()
    await this.take()
    if (this.#ledger.standing.length < before) throw new AppError('OUTCOME_UNKNOWN')
  }

  async commit(): Promise<void> {
    await this.#held?.commit()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const held = this.#held
    this.#held = null
    await held?.[Symbol.asyncDispose]()
  }
}

/** What fails here may have locks by then, and holds one of few places in any case. */
async function prepare(refs: RefTransaction): Promise<readonly LockFailure[]> {
  try {
    return await refs.prepare()
  } catch (err) {
    await refs[Symbol.asyncDispose]()
    throw err
  }
}

const LOCK_REFUSALS = {
  stale: 'REF_STALE',
  conflict: 'REF_CONFLICT',
  locked: 'REF_LOCKED',
  'not-commit': 'BRANCH_NOT_COMMIT',
  missing: 'OBJECTS_MISSING',
} as const

function lockRefusal(failure: LockFailure) {
  return refuse(LOCK_REFUSALS[failure.kind], failure.ref)
}
