/** A push's place among the running git processes: taken, given back, and lent out while it waits for somebody. */
import type { Push } from './policy.ts'

export class Place implements Disposable {
  readonly #admit: Push['admit']
  #held: Disposable | null = null

  constructor(admit: Push['admit']) {
    this.#admit = admit
  }

  /** @throws AppError `OVERLOADED` */
  async take(): Promise<void> {
    this.#held = await this.#admit()
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
    this.#held?.[Symbol.dispose]()
    this.#held = null
  }
}
