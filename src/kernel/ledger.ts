/** Which updates of a push are still standing, where they go, and why the others fell. */
import type { MovedRef } from './events.ts'
import type { RefName } from './ids.ts'
import { refuse, type Redirection, type Refusal, type RefUpdate, type RefUpdateResult } from './ref-update.ts'

export class Ledger {
  readonly #updates: readonly RefUpdate[]
  readonly #atomic: boolean
  /** This and the next by the ref that the pusher named. */
  readonly #refusals = new Map<RefName, Refusal>()
  readonly #redirections = new Map<RefName, Redirection>()
  #standing: readonly RefUpdate[]

  constructor(updates: readonly RefUpdate[], opts: { atomic: boolean }) {
    this.#updates = updates
    this.#standing = updates
    this.#atomic = opts.atomic
  }

  /** As they are to be done: one that was redirected names its new ref. */
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

  /** An update counts as accepted wherever it goes. One that has fallen stays where it is. */
  redirect(redirections: readonly Redirection[]): void {
    for (const redirection of redirections) {
      const { ref, to } = redirection
      if (!this.#standing.some((u) => u.ref === ref)) continue
      this.#redirections.set(ref, redirection)
      this.#standing = this.#standing.map((u) => (u.ref === ref ? to : u))
    }
  }

  /** Adds to what has moved what the pusher had named instead. */
  withOrigins(moved: readonly MovedRef[]): readonly MovedRef[] {
    if (this.#redirections.size === 0) return moved
    return moved.map((m) => {
      const redirection = this.#redirectionTo(m.ref)
      if (!redirection) return m
      return { ...m, redirected: { from: redirection.ref, pullRequest: redirection.pullRequest } }
    })
  }

  /** One result per update, in request order. */
  results(): RefUpdateResult[] {
    return this.#updates.map(({ ref }) => {
      const refusal = this.#refusals.get(ref)
      if (refusal !== undefined) return { ref, ok: false, refusal }
      const redirection = this.#redirections.get(ref)
      return redirection === undefined ? { ref, ok: true } : { ref, ok: true, redirection }
    })
  }

  #fell(refusal: Refusal): void {
    const falls = (u: RefUpdate) => refusal.ref === null || refusal.ref === u.ref
    for (const u of this.#standing) {
      const ref = this.#redirectionTo(u.ref)?.ref ?? u.ref
      if (falls(u)) this.#refusals.set(ref, { ...refusal, ref })
    }
    this.#standing = this.#standing.filter((u) => !falls(u))
  }

  #redirectionTo(ref: RefName): Redirection | undefined {
    if (this.#redirections.size === 0) return undefined
    return [...this.#redirections.values()].find(({ to }) => to.ref === ref)
  }
}
