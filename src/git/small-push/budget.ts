/** What a small push may yet inflate to. A bomb ends here, before its memory is taken. */
import type { Holding } from './held-bytes.ts'
import { Unusual } from './unusual.ts'

/** What each object takes besides its bytes: fifty times as much as those, where they are few. */
const OBJECT_BYTES = 1024

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

  /** For one object. @throws Unusual */
  spend(bytes: number): void {
    this.#left -= bytes
    if (!(this.#left >= 0)) throw new Unusual('large')
    if (!this.#holding.add(bytes + OBJECT_BYTES)) throw new Unusual('busy')
  }
}
