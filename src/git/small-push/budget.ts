/** What a small push may yet inflate to. A bomb ends here, before its memory is taken. */
import type { Holding } from './held-bytes.ts'
import { Unusual } from './unusual.ts'

export class Budget {
  readonly #holding: Holding
  #left: number

  constructor(holding: Holding, maxBytes: number) {
    this.#holding = holding
    this.#left = maxBytes
  }

  get left(): number {
    return this.#left
  }

  /** @throws Unusual */
  spend(bytes: number): void {
    this.#left -= bytes
    if (!(this.#left >= 0)) throw new Unusual('large')
    if (!this.#holding.add(bytes)) throw new Unusual('busy')
  }
}
