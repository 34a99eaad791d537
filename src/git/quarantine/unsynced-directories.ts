/** Directories that got new names since they were last synced, by repository. */

export class UnsyncedDirectories {
  readonly #byRepository = new Map<string, Set<string>>()

  add(repoPath: string, directories: readonly string[]): void {
    const known = this.#byRepository.get(repoPath) ?? new Set()
    for (const directory of directories) known.add(directory)
    if (known.size > 0) this.#byRepository.set(repoPath, known)
  }

  /** Hands them over: whoever takes them syncs them, or adds them again. */
  take(repoPath: string): readonly string[] {
    const known = this.#byRepository.get(repoPath)
    this.#byRepository.delete(repoPath)
    return [...(known ?? [])]
  }
}
