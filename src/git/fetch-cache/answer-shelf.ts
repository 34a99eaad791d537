/** Answers that can be found, and the disk that they share: the least recently asked for makes room. */
import type { RepoId } from '../../kernel/ids.ts'
import type { SharedAnswer } from './shared-answer.ts'

export interface Shelved {
  readonly repoId: RepoId
  readonly key: string
  readonly answer: SharedAnswer
  /** By the clock of the shelf. */
  readonly since: number
  /** Somebody has asked for it again. */
  repeated: boolean
  /** What its file may have on disk; given back when the file is closed for good. */
  bytes: number
}

export interface ShelfParts {
  /** For all answers together. */
  readonly maxBytes: number
  readonly hasRoomFor: (bytes: number) => Promise<boolean>
  /** Milliseconds that never go back. */
  readonly now: () => number
  readonly onEvicted: () => void
  /** A file could not be removed; nobody finds it any more. */
  readonly onNotRemoved: (err: unknown) => void
}

/** Nobody has asked for it again in this time: it goes. Jobs that begin together spread over as much. */
const UNREPEATED_MS = 120_000
const MAX_ANSWERS = 16_384
/** One answer takes no more than this part of what all may take. */
const LARGEST_PART = 0.5
/** What one look at the free space of the disk is good for. */
const ROOM_STEP_BYTES = 64 * 1024 * 1024

export class AnswerShelf {
  readonly #parts: ShelfParts
  /** Least recently asked for first. */
  readonly #entries = new Map<string, Shelved>()
  #bytes = 0
  /** Of the step that was last found free. */
  #roomLeft = 0

  constructor(parts: ShelfParts) {
    this.#parts = parts
  }

  /** On disk, answers that are removed but still read included. */
  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.size
  }

  /** Found, an answer is the most recently asked for. */
  find(key: string): Shelved | null {
    const entry = this.#entries.get(key)
    if (!entry) return null
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  add(entry: Omit<Shelved, 'since' | 'bytes'>): Shelved {
    if (this.#entries.size >= MAX_ANSWERS) this.#evictOne(null)
    const shelved = { ...entry, since: this.#parts.now(), bytes: 0 }
    this.#entries.set(entry.key, shelved)
    return shelved
  }

  /** Takes so many bytes for an answer, if need be from others. @returns `false`: there are none for it */
  async mayGrow(entry: Shelved, bytes: number): Promise<boolean> {
    const { maxBytes } = this.#parts
    if (entry.bytes + bytes > maxBytes * LARGEST_PART || !(await this.#diskHas(bytes))) return false
    while (this.#bytes + bytes > maxBytes) if (!this.#evictOne(entry)) return false
    entry.bytes += bytes
    this.#bytes += bytes
    return true
  }

  /** Whoever reads it reads on; nobody else finds it. */
  remove(entry: Shelved): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key)
    entry.answer.remove().catch(this.#parts.onNotRemoved)
  }

  /** The file of an answer is gone. */
  closed(entry: Shelved): void {
    this.#bytes -= entry.bytes
    entry.bytes = 0
  }

  removeAll(which: (entry: Shelved) => boolean): void {
    for (const entry of [...this.#entries.values()]) if (which(entry)) this.remove(entry)
  }

  /** Removes what nobody has asked for again. */
  expire(): void {
    const oldest = this.#parts.now() - UNREPEATED_MS
    this.removeAll((entry) => !entry.repeated && entry.answer.state === 'whole' && entry.since < oldest)
  }

  /**
   * What nobody has asked for again goes first. What is still read would give nothing back, so it stays.
   *
   * @returns `false`: nothing is left that can go
   */
  #evictOne(but: Shelved | null): boolean {
    let entry: Shelved | null = null
    for (const candidate of this.#entries.values()) {
      if (candidate === but || candidate.answer.state !== 'whole' || candidate.answer.readers > 0) continue
      entry ??= candidate
      if (candidate.repeated) continue
      entry = candidate
      break
    }
    if (entry === null) return false
    this.#parts.onEvicted()
    this.remove(entry)
    return true
  }

  async #diskHas(bytes: number): Promise<boolean> {
    if (this.#roomLeft < bytes) {
      const step = Math.max(ROOM_STEP_BYTES, bytes)
      if (!(await this.#parts.hasRoomFor(step))) return false
      this.#roomLeft = step
    }
    this.#roomLeft -= bytes
    return true
  }
}
