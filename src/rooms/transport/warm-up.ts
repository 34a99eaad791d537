/**
 * After a push, has the answers made that clients of a busy repository will ask for next, so that not even the first
 * of them waits for git. Within a budget, one after the other, and only while no client waits.
 */
import { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { StoredObjects } from '../../git/objects/stored-objects.ts'
import type { ReadyAnswer } from '../../git/ready-answer.ts'
import type { RefSnapshot } from '../../git/refs/ref-snapshot.ts'
import { fetchFormOf, type FetchForm } from '../../git/warm-up/fetch-form.ts'
import { areLikelyHaves } from '../../git/warm-up/likely-haves.ts'
import { likelyFetches, type LikelyFetch } from '../../git/warm-up/likely-fetches.ts'
import { RecentFetches } from '../../git/warm-up/recent-fetches.ts'
import type { FetchArguments } from '../../git/wire/fetch-arguments.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

export interface WarmUpParts {
  readonly snapshots: { get(repo: RepoHandle): Promise<RefSnapshot> }
  readonly objects: Pick<StoredObjects, 'commit'>
  /** The answer as a client would find it, made for it if need be; `null`: it is not kept. */
  readonly answer: (repo: RepoHandle, args: FetchArguments) => Promise<ReadyAnswer | null>
  /** No client waits for a git, and there are places left. */
  readonly isIdle: () => boolean
  /** Answers. 0: none. */
  readonly perMinute: number
  /** Milliseconds that never go back. */
  readonly now?: () => number
}

const MINUTE_MS = 60_000

export class WarmUp implements AsyncDisposable {
  /** `made`, or found to be there; `skipped`: over the budget, or while clients waited; `failed`. */
  readonly counts = { made: 0, skipped: 0, failed: 0 }
  readonly #parts: WarmUpParts
  readonly #now: () => number
  readonly #recent: RecentFetches
  /** Whose refs have moved. */
  readonly #moved = new Set<RepoId>()
  #running: Promise<void> | null = null
  #left: number
  #leftAt: number
  #reader: Writable | null = null
  #disposed = false

  constructor(parts: WarmUpParts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
    this.#recent = new RecentFetches(this.#now)
    this.#left = parts.perMinute
    this.#leftAt = this.#now()
  }

  /** A client has asked for this, and may have it. Whoever asks does not wait for this. */
  asked(repo: RepoHandle, args: FetchArguments): void {
    if (this.#parts.perMinute > 0) this.#remember(repo, args).catch(() => {}) // what is not understood is not foreseen
  }

  /** Harmless, and cheap, for a repository that nobody fetches from. */
  refsMoved(id: RepoId): void {
    if (this.#disposed || this.#recent.of(id) === null) return
    this.#moved.add(id)
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
  }

  /** Resolves when nothing is being made. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    this.#moved.clear()
    this.#reader?.destroy()
    await this.#running
  }

  async #remember(repo: RepoHandle, args: FetchArguments): Promise<void> {
    const form = fetchFormOf(await this.#parts.snapshots.get(repo), args)
    if (form !== null && (await this.#isForeseeable(repo, form, args)))
      this.#recent.add(repo, form, args.wants)
  }

  async #isForeseeable(repo: RepoHandle, form: FetchForm, args: FetchArguments): Promise<boolean> {
    if (form.kind === 'clone' || this.#recent.has(repo, form, args.wants)) return true
    return areLikelyHaves(this.#parts.objects, repo, args.haves, args.shallow)
  }

  async #run(): Promise<void> {
    await turn() // whoever moved them is answered first
    for (const id of this.#moved) {
      this.#moved.delete(id)
      await this.#warm(id).catch(() => void this.counts.failed++)
    }
  }

  async #warm(id: RepoId): Promise<void> {
    const { snapshots, objects } = this.#parts
    const recent = this.#recent.of(id)
    if (recent === null) return
    const { repo, fetches } = recent
    const likely = await likelyFetches(objects, repo, await snapshots.get(repo), fetches)
    for (const fetch of likely) {
      if (this.#disposed) return
      this.#recent.moved(repo, fetch.form, fetch.args.wants)
      if (!this.#mayMake()) this.counts.skipped++
      else await this.#make(repo, fetch)
    }
  }

  async #make(repo: RepoHandle, { args }: LikelyFetch): Promise<void> {
    await using answer = await this.#parts.answer(repo, args)
    if (answer === null || this.#disposed) return
    this.#reader = discard()
    await answer.writeInto(this.#reader)
    this.counts.made++
  }

  #mayMake(): boolean {
    const { perMinute, isIdle } = this.#parts
    const now = this.#now()
    this.#left = Math.min(perMinute, this.#left + ((now - this.#leftAt) * perMinute) / MINUTE_MS)
    this.#leftAt = now
    if (this.#left < 1 || !isIdle()) return false
    this.#left--
    return true
  }
}

/** What nobody reads is not made to its end: so it is read here. */
function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
