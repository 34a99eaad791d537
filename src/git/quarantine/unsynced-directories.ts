/** Directories that got new names since they were last synced, by repository. */
import { syncPaths } from '../durable.ts'

export class UnsyncedDirectories {
  readonly #byRepository = new Map<string, Set<string>>()
  readonly #running = new Map<string, Promise<void>>()

  add(repoPath: string, directories: Iterable<string>): void {
    const known = this.#byRepository.get(repoPath) ?? new Set()
    for (const directory of directories) known.add(directory)
    if (known.size > 0) this.#byRepository.set(repoPath, known)
  }

  /**
   * Syncs them and some others. Calls for one repository follow one another: a push and a recovery may both be about
   * the same directory, and neither is done before it is on disk.
   */
  sync(repoPath: string, others: readonly string[]): Promise<void> {
    const before = this.#running.get(repoPath) ?? Promise.resolve()
    const done = before.then(() => this.#sync(repoPath, others))
    const ended = done.catch(() => {}) // told to whoever asked for it
    this.#running.set(repoPath, ended)
    void ended.then(() => {
      if (this.#running.get(repoPath) === ended) this.#running.delete(repoPath)
    })
    return done
  }

  async #sync(repoPath: string, others: readonly string[]): Promise<void> {
    const known = this.#byRepository.get(repoPath) ?? new Set()
    this.#byRepository.delete(repoPath)
    try {
      await syncPaths(new Set([...others, ...known]))
    } catch (err) {
      this.add(repoPath, known)
      throw err
    }
  }
}
