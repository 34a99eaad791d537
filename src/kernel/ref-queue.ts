/**
 * Lets pushes that touch the same ref of a repository wait for each other in the order they came,
 * and all others pass. git's own locks still guard against writers outside this process.
 */
import type { RefName, RepoId } from './ids.ts'

export class RefQueue {
  readonly #tails = new Map<string, Promise<void>>()

  /** Resolves when every earlier holder of one of the refs is gone. Dispose to let the next one in. */
  async enter(repoId: RepoId, refs: readonly RefName[]): Promise<Disposable> {
    let leave = () => {}
    const gone = new Promise<void>((resolve) => {
      leave = resolve
    })
    const keys = refs.map((ref) => `${repoId}\0${ref}`)
    const ahead = keys.flatMap((key) => this.#tails.get(key) ?? [])
    for (const key of keys) this.#tails.set(key, gone)
    await Promise.all(ahead)
    return {
      [Symbol.dispose]: () => {
        for (const key of keys) if (this.#tails.get(key) === gone) this.#tails.delete(key)
        leave()
      },
    }
  }
}
