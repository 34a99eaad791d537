/**
 * Answers to fetches that several clients ask for: made once, by one git, in a file that all of them follow.
 * Bounded on disk, and empty at every start. Who may read what is asked before: nothing here knows.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { LRUCache } from 'lru-cache'
import type { RepoId } from '../../kernel/ids.ts'
import type { SlabPool } from '../launcher/slab-pool.ts'
import type { ReadyAnswer } from '../ready-answer.ts'
import type { OpenFile } from './answer-file.ts'
import { AnswerShelf, type Shelved } from './answer-shelf.ts'
import { hasRoomFor } from './fetch-directory.ts'
import { FirstPlace, type Asker } from './first-place.ts'
import { follow } from './follow.ts'
import { SharedAnswer } from './shared-answer.ts'

export interface FetchCacheParts {
  /** Of this server alone; it is there. */
  readonly directory: string
  /** For all answers together. */
  readonly maxBytes: number
  readonly slabs: SlabPool
  /** Told of what only the operator can mend: a disk that is full or broken, a git that died. */
  readonly onFailed: (err: unknown) => void
  /** Milliseconds that never go back. */
  readonly now?: () => number
  /** A disk with faults, in tests. */
  readonly openFile?: OpenFile
}

export interface FetchQuestion {
  readonly repoId: RepoId
  /** See `fetchKey`. */
  readonly key: string
  /** Is its answer shared from its first byte on, though nobody may ever ask for it again? */
  readonly isSharedAtOnce: () => boolean
  /** It is made on the place of whoever gets one first, so that nobody waits in the line of a stranger. */
  readonly asker: Asker
}

interface Making {
  readonly abort: AbortController
  readonly entry: Shelved
}

/**
 * Writes the whole answer; `into` is not ended.
 *
 * @returns whether it is good for others who ask later: not a message that something is wrong
 * @throws what kept it from being whole
 */
export type Produce = (into: Writable, signal: AbortSignal) => Promise<boolean>

/** For the metrics. */
export interface FetchCounts {
  /** Requests for an answer that was there, or was being made. */
  hits: number
  misses: number
  /** Answers that could not be made whole, or were no longer whole on disk. */
  failures: number
  /** Answers that had to go before their time. */
  evictions: number
}

/** Requests whose answers went to nobody else are remembered this long. */
const SEEN_MS = 10 * 60_000
const MAX_SEEN = 16_384
/** Made so far, an answer is finished though its last reader has left, if that does not take long. */
const WORTH_FINISHING_BYTES = 4 * 1024 * 1024
const FINISH_WITHIN_MS = 60_000
const EXPIRE_EVERY_MS = 15_000

export class FetchCache implements AsyncDisposable {
  readonly counts: FetchCounts = { hits: 0, misses: 0, failures: 0, evictions: 0 }
  readonly #parts: FetchCacheParts
  readonly #shelf: AnswerShelf
  readonly #seen = new LRUCache<string, true>({ max: MAX_SEEN, ttl: SEEN_MS })
  readonly #timer: NodeJS.Timeout
  /** Too large to be kept, and asked for by some who read slowly: each has his own. */
  readonly #apart = new LRUCache<string, true>({ max: MAX_SEEN, ttl: SEEN_MS })
  readonly #making = new Map<Promise<void>, Making>()
  readonly #places = new WeakMap<SharedAnswer, FirstPlace>()
  #followers = 0
  #files = 0

  constructor(parts: FetchCacheParts) {
    this.#parts = parts
    this.#shelf = new AnswerShelf({
      maxBytes: parts.maxBytes,
      now: parts.now ?? (() => performance.now()),
      hasRoomFor: (bytes) => hasRoomFor(parts.directory, bytes),
      onEvicted: () => void this.counts.evictions++,
      onNotRemoved: parts.onFailed,
    })
    this.#timer = setInterval(() => this.expire(), EXPIRE_EVERY_MS)
    this.#timer.unref()
  }

  /** On disk, answers that are removed but still read included. */
  get bytes(): number {
    return this.#shelf.bytes
  }

  get answers(): number {
    return this.#shelf.size
  }

  /** Clients that are being given an answer. */
  get followers(): number {
    return this.#followers
  }

  /**
   * The answer, also while it is being made, maybe by the `produce` of somebody else. It has to be disposed.
   *
   * @returns `null`: nobody has asked for it lately, so it is not worth the disk yet
   */
  find(question: FetchQuestion, produce: Produce): ReadyAnswer | null {
    const known = this.#shelf.find(question.key)
    if (known) {
      this.counts.hits++
      known.repeated = true
      this.#places.get(known.answer)?.ask(question.asker)
      return this.#followed(known.answer)
    }
    this.counts.misses++
    if (this.#apart.has(question.key)) return null
    const repeated = this.#seen.has(question.key)
    this.#seen.set(question.key, true)
    if (!repeated && !question.isSharedAtOnce()) return null
    return this.#followed(this.#make(question, repeated, produce))
  }

  /** Call when the repository is gone, when others may read it, or when objects were removed from it. */
  drop(repoId: RepoId): void {
    this.#shelf.removeAll((entry) => entry.repoId === repoId)
  }

  /** Removes what nobody has asked for again, and cuts who holds up others. */
  expire(): void {
    this.#shelf.expire()
    for (const { entry } of this.#making.values())
      if (entry.answer.cutLaggards()) this.#apart.set(entry.key, true)
  }

  /** Ends what is being made, and removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#shelf.removeAll(() => true)
    for (const { abort } of this.#making.values()) abort.abort()
    await Promise.all(this.#making.keys())
    await rm(this.#parts.directory, { recursive: true, force: true })
  }

  #followed(answer: SharedAnswer): ReadyAnswer {
    const reader = answer.open()
    let isOpen = true
    this.#followers++
    return {
      length: answer.state === 'whole' ? answer.bytes : null,
      writeInto: (into) => follow(reader, into, this.#parts.slabs),
      [Symbol.asyncDispose]: async () => {
        if (isOpen) this.#followers--
        isOpen = false
        reader[Symbol.dispose]()
      },
    }
  }

  #make({ repoId, key, asker }: FetchQuestion, repeated: boolean, produce: Produce): SharedAnswer {
    const abort = new AbortController()
    const answer: SharedAnswer = new SharedAnswer({
      path: join(this.#parts.directory, `${++this.#files}-${key.slice(0, 16)}`),
      mayGrow: async (bytes) => {
        const may = await this.#shelf.mayGrow(entry, bytes)
        if (!may) this.#shelf.remove(entry) // its beginning will not stay
        return may
      },
      onAbandoned: () =>
        giveUp(answer, () => {
          this.#shelf.remove(entry) // who asks meanwhile is not cut with it
          abort.abort()
        }),
      onDamaged: (err) => {
        this.#failed(err)
        this.#shelf.remove(entry)
      },
      onClosed: () => this.#shelf.closed(entry),
      openFile: this.#parts.openFile,
    })
    const entry = this.#shelf.add({ repoId, key, answer, repeated })
    const place = new FirstPlace(abort.signal)
    this.#places.set(answer, place)
    place.ask(asker)
    const making = this.#fill(entry, { place, produce, signal: abort.signal })
    this.#making.set(making, { abort, entry })
    void making.finally(() => this.#making.delete(making))
    return answer
  }

  async #fill(
    entry: Shelved,
    { place, produce, signal }: { place: FirstPlace; produce: Produce; signal: AbortSignal },
  ): Promise<void> {
    const { answer } = entry
    let fault: Error | null = null
    const into = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const failed = (err: Error) => done((fault = err))
        answer.append(chunk).then(() => done(), failed)
      },
    })
    into.on('error', () => {}) // 'close' follows, and whoever writes ends then
    try {
      using _place = await place.taken
      const isGood = await produce(into, signal)
      if (!isGood) this.#shelf.remove(entry)
      await answer.end('whole')
    } catch (err) {
      if (!signal.aborted) this.#failed(fault ?? err)
      this.#shelf.remove(entry)
      await answer.end('failed')
    } finally {
      into.destroy()
    }
  }

  #failed(err: unknown): void {
    this.counts.failures++
    this.#parts.onFailed(err)
  }
}

/** Little was made for nobody: it ends. Much may as well be finished, for who comes next. */
function giveUp(answer: SharedAnswer, stop: () => void): void {
  if (answer.bytes < WORTH_FINISHING_BYTES || answer.passing) return stop()
  const end = () => {
    if (answer.state === 'growing' && answer.readers === 0) stop()
  }
  setTimeout(end, FINISH_WITHIN_MS).unref()
}
