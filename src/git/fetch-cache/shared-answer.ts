/**
 * One answer that is made once and read by many, while it grows and afterwards. Its length is known here
 * and nowhere on disk: what a killed server leaves behind means nothing to the next one.
 */
import { AnswerFile, type OpenFile } from './answer-file.ts'

export interface SharedAnswerParts {
  readonly path: string
  /** May the file grow by so much? Once it may not, the answer passes through a window. */
  readonly mayGrow: (bytes: number) => Promise<boolean>
  /** The last reader has left before it was whole. */
  readonly onAbandoned: () => void
  /** It holds less than was written, or cannot be read. */
  readonly onDamaged: (err: unknown) => void
  /** It was removed, and the disk has its bytes back. */
  readonly onClosed: () => void
  readonly openFile?: OpenFile | undefined
}

/** An answer that may not grow is kept no longer than its readers need it: what all have read makes room. */
const WINDOW_BYTES = 8 * 1024 * 1024
/** git writes packets of 64 KiB. A reader who is told of each makes four times as many reads, for nothing. */
const TELL_BYTES = 256 * 1024
const TELL_WITHIN_MS = 5

export class SharedAnswer {
  readonly #parts: SharedAnswerParts
  readonly #file: AnswerFile
  readonly #readers = new Set<AnswerReader>()
  readonly #waiting = new Set<() => void>()
  #state: 'growing' | 'whole' | 'failed' = 'growing'
  #bytes = 0
  /** Bytes that readers know of. */
  #told = 0
  #telling: NodeJS.Timeout | null = null
  /** Bytes before those in the file. */
  #passed = 0
  #passing = false
  #isHeldUp = false
  /** Its bytes at the last look; -1: nobody held it up then. */
  #heldUpAt = -1

  constructor(parts: SharedAnswerParts) {
    this.#parts = parts
    this.#file = new AnswerFile(parts.path, parts.onClosed, parts.openFile)
  }

  get state(): 'growing' | 'whole' | 'failed' {
    return this.#state
  }

  /** Its beginning may be gone: nobody else can read it. */
  get passing(): boolean {
    return this.#passing
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Bytes that may be read by now. */
  get readable(): number {
    return this.#told
  }

  get bytesOnDisk(): number {
    return this.#bytes - this.#passed
  }

  get readers(): number {
    return this.#readers.size
  }

  /** One at a time. @throws Error of the disk */
  async append(chunk: Buffer): Promise<void> {
    if (!this.#passing && !(await this.#parts.mayGrow(chunk.length))) this.#passing = true
    if (this.#passing && this.bytesOnDisk + chunk.length > WINDOW_BYTES) await this.#passOn()
    await this.#file.write(chunk, this.bytesOnDisk)
    this.#bytes += chunk.length
    if (this.#bytes - this.#told >= TELL_BYTES) this.#tell()
    else this.#telling ??= setTimeout(() => this.#tell(), TELL_WITHIN_MS)
  }

  /** Nothing is appended any more. */
  async end(state: 'whole' | 'failed'): Promise<void> {
    this.#state = state
    this.#tell()
    await this.#file.leave()
  }

  /** A reader from the first byte on. Dispose it. */
  open(): AnswerReader {
    this.#file.join()
    const reader = new AnswerReader(this, this.#file, (damage) => this.#left(reader, damage))
    this.#readers.add(reader)
    return reader
  }

  remove(): Promise<void> {
    return this.#file.remove()
  }

  /** For its readers: where in the file a byte lies. */
  offsetOf(position: number): number {
    return position - this.#passed
  }

  /** Resolves when it has grown, ended, or a reader has moved. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  /** A reader has read on: the window may be waiting for it. */
  moved(): void {
    if (this.#passing) this.wake()
  }

  /**
   * Call from time to time. Who has read less than a window since the last time, while others wait for him, is cut:
   * one who reads nothing must not keep everybody else from what he has asked for as well.
   *
   * @returns whether somebody was
   */
  cutLaggards(): boolean {
    const heldUpAt = this.#isHeldUp ? this.#bytes : -1
    const readers = [...this.#readers].filter(({ stopped }) => !stopped)
    const behind = readers.filter(({ position }) => position < this.#bytes)
    const othersWait = heldUpAt >= 0 && heldUpAt === this.#heldUpAt && behind.length < readers.length
    const laggards = othersWait ? behind.filter((reader) => reader.sinceLastLook < WINDOW_BYTES) : []
    this.#heldUpAt = heldUpAt
    for (const reader of readers) reader.look()
    for (const reader of laggards) reader.stop()
    return laggards.length > 0
  }

  /** Whoever waits for a change looks again. */
  wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }

  /** Waits until every reader has all there is, then begins the file anew. The slowest sets the pace. */
  async #passOn(): Promise<void> {
    this.#tell()
    this.#isHeldUp = true
    while ([...this.#readers].some((reader) => !reader.stopped && reader.position < this.#bytes))
      await this.change()
    this.#isHeldUp = false
    await this.#file.empty()
    this.#passed = this.#bytes
  }

  #tell(): void {
    if (this.#telling !== null) clearTimeout(this.#telling)
    this.#telling = null
    this.#told = this.#bytes
    this.wake()
  }

  #left(reader: AnswerReader, damage: unknown): void {
    this.#readers.delete(reader)
    void this.#file.leave()
    this.moved()
    if (damage !== null) this.#parts.onDamaged(damage)
    if (this.#state === 'growing' && this.#readers.size === 0) this.#parts.onAbandoned()
  }
}

export class AnswerReader implements Disposable {
  readonly #answer: SharedAnswer
  readonly #file: AnswerFile
  readonly #leave: (damage: unknown) => void
  #position = 0
  #positionThen = 0
  #damage: unknown = null
  #stopped = false
  #left = false

  constructor(answer: SharedAnswer, file: AnswerFile, leave: (damage: unknown) => void) {
    this.#answer = answer
    this.#file = file
    this.#leave = leave
  }

  /** Bytes that it has read. */
  get position(): number {
    return this.#position
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** Bytes. */
  get sinceLastLook(): number {
    return this.#position - this.#positionThen
  }

  look(): void {
    this.#positionThen = this.#position
  }

  /**
   * Waits for bytes that it has not read.
   *
   * @returns how many there are; 0: that was all
   * @throws Error: the answer could not be made whole, or the reader was stopped
   */
  async more(): Promise<number> {
    const answer = this.#answer
    for (;;) {
      this.#checkGoesOn()
      if (answer.state === 'failed') throw new Error('the answer could not be made whole')
      if (answer.readable > this.#position) return answer.readable - this.#position
      if (answer.state === 'whole') return 0
      await answer.change()
    }
  }

  /**
   * @param into no longer than what is there
   * @returns bytes read, at least one
   * @throws Error: they are not there, or cannot be read
   */
  async read(into: Buffer): Promise<number> {
    let bytes: number
    try {
      bytes = await this.#file.read(into, this.#answer.offsetOf(this.#position))
      if (bytes === 0) throw new Error('the file of an answer is shorter than it should be')
    } catch (err) {
      if (!this.#stopped) this.#damage = err
      throw err
    }
    this.#checkGoesOn() // the file may have begun anew while it was read
    this.#position += bytes
    this.#answer.moved()
    return bytes
  }

  /** Nothing more is read, and nobody waits for it. */
  stop(): void {
    this.#stopped = true
    this.#answer.wake()
  }

  [Symbol.dispose](): void {
    if (this.#left) return
    this.#left = true
    this.#leave(this.#damage)
  }

  #checkGoesOn(): void {
    if (this.#stopped) throw new Error('nobody reads the answer any more')
  }
}
