/**
 * The indexes of last commits of the repositories that are asked about: opened when first needed, kept up as their
 * default branches move, and made anew in the background where a question took long.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { buildIndex, type BuildParts } from './build-index.ts'
import { openIndexFile } from './index-file.ts'
import { LastCommitsIndex } from './last-commits-index.ts'

export interface IndexesParts extends BuildParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'lineage' | 'mayHaveChanged' | 'tree'>
  /** Where the default branch is now; `null` where there is nothing yet. */
  readonly tipOf: (repo: RepoHandle) => Promise<Oid | null>
  /** What is done in the background has failed; questions are answered by walks. */
  readonly onFailed: (repo: RepoHandle, error: unknown) => void
}

interface Opened {
  readonly repo: RepoHandle
  /** `null`: there is none, or none that can be read. */
  readonly index: Promise<LastCommitsIndex | null>
  /** Of those who change it, one after the other. */
  turn: Promise<void>
  /** A head that does not stand on what is known. */
  strayed: Oid | null
}

export interface IndexCounts {
  /** Whole histories that were swept, and the time that took. */
  readonly builds: number
  readonly buildSeconds: number
  /** Commits that were taken in one by one, and the time that took. */
  readonly commits: number
  readonly commitSeconds: number
}

const MAX_OPEN = 64
/** What a restart has forgotten is taken in again; who asks meanwhile waits no longer, and walks. */
const CATCH_UP_MS = 250
/** More than this is written down: a restart takes it in again. */
const MAX_NEWER = { height: 500, size: 5_000 } as const
/** To sweep a history is much work: it is done again after this time, or after so many times as long as it took. */
const MIN_PAUSE_MS = 60_000
const PAUSE_FACTOR = 20

export class LastCommitsIndexes implements AsyncDisposable {
  readonly #parts: IndexesParts
  readonly #opened = new LRUCache<RepoId, Opened>({ max: MAX_OPEN, dispose: (gone) => void close(gone) })
  /** The next sweep of each repository begins no sooner, by `performance.now()`. */
  readonly #notBefore = new LRUCache<RepoId, number>({ max: 1_000 })
  readonly #wanted = new Map<RepoId, RepoHandle>()
  readonly #ending = new AbortController()
  #building: Promise<void> | null = null
  readonly #counts = { builds: 0, buildSeconds: 0, commits: 0, commitSeconds: 0 }

  constructor(parts: IndexesParts) {
    this.#parts = parts
  }

  get counts(): IndexCounts {
    return this.#counts
  }

  /** As far as it has come in a moment; `null` where there is none. Whatever fails here, a walk finds the same. */
  async of(repo: RepoHandle): Promise<LastCommitsIndex | null> {
    const opened = this.#open(repo)
    const index = await opened.index
    if (index === null) this.#drop(repo.id, opened)
    else await atMost(this.#keepUp(opened), CATCH_UP_MS)
    return index
  }

  /** Its default branch may have moved. Costs whoever tells nothing; what nobody has asked about is let be. */
  moved(id: RepoId): void {
    const opened = this.#opened.peek(id)
    if (opened === undefined) return
    setImmediate(() => void this.#keepUp(opened))
  }

  /** A question took long: unless that was done a moment ago, the whole history is swept. */
  want(repo: RepoHandle): void {
    if (this.#ending.signal.aborted || performance.now() < (this.#notBefore.get(repo.id) ?? 0)) return
    this.#wanted.set(repo.id, repo)
    this.#building ??= this.#build().finally(() => (this.#building = null))
  }

  /** Resolves when nothing is being built. */
  async idle(): Promise<void> {
    await this.#building
  }

  /** Call when the repository is gone, or objects were removed from it. */
  forget(id: RepoId): void {
    this.#wanted.delete(id)
    this.#opened.delete(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#building
    await Promise.all([...this.#opened.values()].map(close))
  }

  #open(repo: RepoHandle): Opened {
    const opened = this.#opened.get(repo.id)
    if (opened) return opened
    const index = openIndexFile(repo).then(
      (file) => file && new LastCommitsIndex(file),
      (err: unknown) => (this.#parts.onFailed(repo, err), null),
    )
    const made: Opened = { repo, index, turn: Promise.resolve(), strayed: null }
    this.#opened.set(repo.id, made)
    return made
  }

  #drop(id: RepoId, opened: Opened): void {
    if (this.#opened.peek(id) === opened) this.#opened.delete(id)
  }

  #keepUp(opened: Opened): Promise<void> {
    const takeIn = () => this.#takeIn(opened)
    return (opened.turn = opened.turn
      .then(takeIn)
      .catch((err: unknown) => this.#parts.onFailed(opened.repo, err)))
  }

  async #takeIn(opened: Opened): Promise<void> {
    const { repo } = opened
    const index = await opened.index
    const tip = index && (await this.#parts.tipOf(repo))
    if (index === null || tip === null || tip === index.head || tip === opened.strayed) return
    const [begin, { height }] = [performance.now(), index.newer]
    const isKnown = index.knows(tip) || (await index.extendTo(this.#parts.objects, repo, tip))
    this.#counts.commits += index.newer.height - height
    this.#counts.commitSeconds += secondsSince(begin)
    if (!isKnown) opened.strayed = tip
    if (index.newer.height <= MAX_NEWER.height && index.newer.size <= MAX_NEWER.size) return
    await index.write(repo)
    this.#drop(repo.id, opened)
  }

  async #build(): Promise<void> {
    for (const [id, repo] of this.#wanted) {
      this.#wanted.delete(id)
      const begin = performance.now()
      await this.#buildOne(repo).catch((err: unknown) => {
        if (!this.#ending.signal.aborted) this.#parts.onFailed(repo, err)
      })
      const now = performance.now()
      this.#notBefore.set(id, now + Math.max(MIN_PAUSE_MS, PAUSE_FACTOR * (now - begin)))
    }
  }

  async #buildOne(repo: RepoHandle): Promise<void> {
    const tip = await this.#parts.tipOf(repo)
    const index = await this.of(repo)
    if (tip === null || index?.knows(tip)) return // what took long was the history of something else
    const begin = performance.now()
    const isBuilt = await buildIndex(this.#parts, repo, tip, this.#ending.signal)
    this.#counts.builds += isBuilt ? 1 : 0
    this.#counts.buildSeconds += secondsSince(begin)
    if (isBuilt) this.#opened.delete(repo.id)
  }
}

/** What is under way there comes to its end first. */
async function close({ index, turn }: Opened): Promise<void> {
  await turn
  await (await index)?.[Symbol.asyncDispose]()
}

/** What takes longer goes on by itself. */
async function atMost(work: Promise<void>, ms: number): Promise<void> {
  const enough = new AbortController()
  const end = delay(ms, undefined, { signal: enough.signal, ref: false }).catch(() => {})
  await Promise.race([work, end]).finally(() => enough.abort())
}

function secondsSince(begin: number): number {
  return (performance.now() - begin) / 1_000
}
