/** Keeps what was opened to look objects up, for the repositories that are pushed to just now. */
import type { RepoHandle } from '../../kernel/repository.ts'
import { KnownObjects } from './known-objects.ts'
import type { RecentObjects } from './recent-objects.ts'

interface Kept {
  readonly objects: KnownObjects
  users: number
  timer: NodeJS.Timeout | null
}

/** A pack takes two of the files that a process may hold open. */
const MAX_OPEN_PACKS = 128
/** A pack that is removed meanwhile takes its place on disk for so long. */
const IDLE_MS = 10_000

export class KnownRepositories implements Disposable {
  /** By path, in the order of last use. */
  readonly #kept = new Map<string, Kept>()
  readonly #recent: RecentObjects

  constructor(recent: RecentObjects) {
    this.#recent = recent
  }

  /** As they are now; dispose when done. */
  open(repo: RepoHandle): Disposable & { readonly objects: KnownObjects } {
    const kept = this.#kept.get(repo.path) ?? this.#make(repo)
    kept.objects.refresh()
    this.#kept.delete(repo.path)
    this.#kept.set(repo.path, kept)
    clearTimeout(kept.timer ?? undefined)
    kept.users++
    return { objects: kept.objects, [Symbol.dispose]: () => this.#giveBack(repo.path, kept) }
  }

  /** A small pack that a repository has got from a push. */
  add(repo: RepoHandle, name: string, index: Buffer): void {
    this.#kept.get(repo.path)?.objects.add(name, index)
  }

  /** Somebody else than small pushes has brought packs. */
  packsChanged(repo: RepoHandle): void {
    this.#kept.get(repo.path)?.objects.outdate()
  }

  [Symbol.dispose](): void {
    for (const [path, kept] of this.#kept) this.#close(path, kept)
  }

  #make(repo: RepoHandle): Kept {
    return { objects: new KnownObjects(repo, this.#recent), users: 0, timer: null }
  }

  #giveBack(path: string, kept: Kept): void {
    if (--kept.users > 0) return
    kept.timer = setTimeout(() => this.#close(path, kept), IDLE_MS).unref()
    let packs = [...this.#kept.values()].reduce((sum, { objects }) => sum + objects.open, 0)
    for (const [oldest, unused] of this.#kept) {
      if (packs <= MAX_OPEN_PACKS) return
      if (unused.users > 0) continue
      packs -= unused.objects.open
      this.#close(oldest, unused)
    }
  }

  #close(path: string, kept: Kept): void {
    clearTimeout(kept.timer ?? undefined)
    kept.objects[Symbol.dispose]()
    this.#kept.delete(path)
  }
}
