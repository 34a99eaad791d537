/** Runs the automaton over the bytes of one object, piece by piece. */
import type { KeywordAutomaton } from './keyword-automaton.ts'

export class KeywordSearch {
  readonly #automaton: KeywordAutomaton
  #state = 0

  constructor(automaton: KeywordAutomaton) {
    this.#automaton = automaton
  }

  /** @returns where the next keyword has its last byte, from `from` on; -1 when there is none */
  next(bytes: Buffer, from: number): number {
    const { table, endsFrom } = this.#automaton
    const end = bytes.length
    let state = this.#state
    for (let at = from; at < end; at++) {
      state = table[state + (bytes[at] as number)] as number
      if (state >= endsFrom && bytes[at] !== 0) {
        this.#state = state
        return at
      }
    }
    this.#state = state
    return -1
  }

  /** Numbers of the keywords that end there, the longest first. */
  found(): readonly number[] {
    const { endsFrom, ends } = this.#automaton
    return ends[(this.#state - endsFrom) / 256] ?? []
  }

  reset(): void {
    this.#state = 0
  }
}
