/** One piece of work that several callers wait for. Each may leave; the last one to leave ends it. */
export class SharedCall<T> {
  readonly #controller = new AbortController()
  readonly #result: Promise<T>
  #callers = 0

  /** @param work begun after this call returns; told to stop by its signal when nobody waits any more */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = Promise.resolve(this.#controller.signal).then(work)
    this.#result.catch(() => {}) // whoever waits hears of it
  }

  /** Everybody has left: its result is for nobody. */
  get isAbandoned(): boolean {
    return this.#controller.signal.aborted
  }

  /** @throws the signal's reason when it is aborted first; whatever the work throws */
  join(signal?: AbortSignal): Promise<T> {
    this.#callers++
    if (signal === undefined) return this.#result
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason as Error)
        if (--this.#callers === 0) this.#controller.abort(signal.reason)
      }
      const stay = () => signal.removeEventListener('abort', leave)
      signal.addEventListener('abort', leave, { once: true })
      this.#result.finally(stay).then(resolve, reject)
    })
  }
}
