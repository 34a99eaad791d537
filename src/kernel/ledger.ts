/** Which updates of a push are still standing, and why the others fell. */
import type { RefName } from './ids.ts'
import { refuse, type Refusal, type RefUpdate, type RefUpdateResult } from './ref-update.ts'

export class Ledger {
  readonly #updates: readonly RefUpdate[]
  readonly #atomic: boolean
  readonly #refusals = new Map<RefName, Refusal>()
  #standing: readonly RefUpdate[]

  constructor(updates: readonly RefUpdate[], opts: { atomic: boolean }) {
    this.#updates = updates
    this.#standing = updates
    this.#atomic = opts.atomic
  }

  get standing(): readonly RefUpdate[] {
    return this.#standing
  }

  get settled(): boolean {
    return this.#standing.length === 0
  }

  /**
   * The first refusal of a ref is kept. One refusal in an atomic push fells the rest as well.
   */
  refuse(refusals: readonly Refusal[]): void {
    if (refusals.length === 0) return
    for (const refusal of refusals) this.#fell(refusal)
    if (this.#atomic) this.#fell(refuse('ATOMIC', null))
  }

  /** One result per update, in request order. */
  results(): RefUpdateResult[] {
    return this.#updates.map(({ ref }) => {
      const refusal = this.#refusals.get(ref)
      return refusal === undefined ? { ref, ok: true } : { ref, ok: false, refusal }
    })
  }

  #fell(refusal: Refusal): void {
    const falls = (u: RefUpdate) => refusal.ref === null || refusal.ref === u.ref
    for (const u of this.#standing) if (falls(u)) this.#refusals.set(u.ref, { ...refusal, ref: u.ref })
    this.#standing = this.#standing.filter((u) => !falls(u))
  }
}
