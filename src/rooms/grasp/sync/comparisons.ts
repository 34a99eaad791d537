/** Comparisons with one relay, of what it has and what is here: those under way, and whether it does that at all. */
import type { Filter } from '../../../nostr/filter.ts'
import type { Reconciliation } from '../../../nostr/negentropy/reconciliation.ts'
import { filterJson } from './filter-json.ts'
import { negotiate } from './negotiation.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface ComparisonsParts {
  readonly send: (message: readonly unknown[]) => void
  /** Resolves when nothing was heard for so long; never once the signal aborts. */
  readonly silence: (ms: number, signal: AbortSignal) => Promise<void>
  /** Aborts when the conversation is over. */
  readonly gone: AbortSignal
}

const NO_ANSWER_MS = 10_000

export class Comparisons {
  readonly #parts: ComparisonsParts
  /** Who waits for an answer, by name; `null`: there will be none. */
  readonly #waiting = new Map<string, (answer: string | null) => void>()
  #areMade = true

  constructor(parts: ComparisonsParts) {
    this.#parts = parts
  }

  /** `false`: the relay has not answered one, or said that it does not know them. */
  get areMade(): boolean {
    return this.#areMade
  }

  /**
   * @param name of no other one
   * @returns ids that the relay claims; `null`: it does not do that
   * @throws RelayFault
   * @see NIP-77
   */
  async make(name: string, filter: Filter, ours: Reconciliation): Promise<readonly string[] | null> {
    try {
      return await negotiate((type, message) => {
        const rest = type === 'NEG-OPEN' ? [filterJson(filter), message] : [message]
        return this.#answerTo(name, [type, name, ...rest])
      }, ours)
    } finally {
      this.#waiting.delete(name)
      this.#parts.send(['NEG-CLOSE', name])
    }
  }

  /** `null`: the relay will not go on with it. Harmless for what is no comparison. */
  answered(name: string, answer: string | null): void {
    this.#waiting.get(name)?.(answer)
  }

  /** The relay has said something that may be about any of them. @param isForGood it will not do it later either */
  refused(isForGood: boolean): void {
    if (isForGood && this.#waiting.size > 0) this.#areMade = false
    for (const answer of this.#waiting.values()) answer(null)
  }

  async #answerTo(name: string, message: readonly unknown[]): Promise<string | null> {
    const { send, silence, gone } = this.#parts
    const over = new AbortController()
    const answer = new Promise<string | null>((resolve) => this.#waiting.set(name, resolve))
    const none = silence(NO_ANSWER_MS, over.signal).then(() => {
      this.#areMade = false
      return null
    })
    send(message)
    try {
      return await unlessAborted(Promise.race([answer, none]), gone)
    } finally {
      over.abort()
    }
  }
}
