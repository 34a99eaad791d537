/** A push's place among the running git processes: taken when one is first needed, given back, and lent out while it waits for somebody. */
import type { Push } from './policy.ts'

export class Place implements Disposable {
  readonly #admit: Push['admit']
  #held: Promise<Disposable> | null = null

  constructor(admit: Push['admit']) {
    this.#admit = admit
  }

  /** Harmless when it is held already. @throws AppError `OVERLOADED` */
  readonly take = async (): Promise<void> => {
    this.#held ??= this.#admit()
    await this.#held
  }

  /** Others may have the place meanwhile. @throws AppError `OVERLOADED`; what `wait` throws */
  readonly pause = async <T>(wait: () => Promise<T>): Promise<T> => {
    if (this.#held === null) return await wait()
    this[Symbol.dispose]()
    const result = await wait()
    await this.take()
    return result
  };

  [Symbol.dispose](): void {
    const held = this.#held
    this.#held = null
    held?.then(
      (place) => place[Symbol.dispose](),
      () => {}, // whoever took it was told
    )
  }
}
