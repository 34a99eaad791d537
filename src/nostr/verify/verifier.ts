/** Who makes verified events: hands events to threads in batches. Nothing may look at an event before. */
import { availableParallelism } from 'node:os'
import { AppError } from '../../kernel/errors.ts'
import { signedText, type NostrEvent, type VerifiedEvent } from '../event.ts'
import type { Claim } from './messages.ts'
import { VerifyThread } from './verify-thread.ts'

export interface Verifier extends AsyncDisposable {
  /**
   * @param event as `parseEvent` gives it
   * @returns the same object; `null`: its id is not the hash of what it says, or the signature is not its author's
   * @throws AppError `UNAVAILABLE`: too many are waiting, or the threads die
   */
  verify(event: NostrEvent): Promise<VerifiedEvent | null>
}

export interface VerifierOptions {
  /** Path of the built verify-worker.js. */
  readonly workerScript: string
  /** Threads; each starts when it is first needed. One less than there are cores unless given. */
  readonly workers?: number
  /** Events that may wait besides those that are looked at. */
  readonly maxWaiting?: number
}

/** What a thread does in some 10 ms: long enough to make a message cheap, short enough to wait for. */
const MAX_BATCH = 64
/** One is looked at while the next lies ready. */
const BATCHES_PER_THREAD = 2
const MAX_WAITING = 20_000

interface Waiting {
  readonly claim: Claim
  readonly answer: (genuine: boolean) => void
  readonly fail: (reason: Error) => void
  /** Its thread died. */
  readonly again?: true
}

/** Dispose to end the threads; what waits is then refused. */
export function openVerifier(options: VerifierOptions): Verifier {
  return new VerifyPool(options)
}

class VerifyPool implements Verifier {
  readonly #script: string
  readonly #size: number
  readonly #maxWaiting: number
  #threads: VerifyThread[] = []
  #waiting: Waiting[] = []
  #sendsSoon = false
  #closed = false

  constructor({ workerScript, workers, maxWaiting }: VerifierOptions) {
    this.#script = workerScript
    this.#size = workers ?? Math.max(1, availableParallelism() - 1)
    this.#maxWaiting = maxWaiting ?? MAX_WAITING
  }

  async verify(event: NostrEvent): Promise<VerifiedEvent | null> {
    if (this.#closed || this.#waiting.length >= this.#maxWaiting) throw unavailable('too many events at once')
    const { id, pubkey, sig } = event
    const claim = { text: signedText(event), id, pubkey, sig }
    const genuine = await new Promise<boolean>((answer, fail) => {
      this.#waiting.push({ claim, answer, fail })
      this.#sendSoon()
    })
    return genuine ? (event as VerifiedEvent) : null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const { fail } of this.#waiting.splice(0)) fail(unavailable('the server is stopping'))
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()))
  }

  /** What is asked for in one turn of the event loop goes together. */
  #sendSoon(): void {
    if (this.#sendsSoon) return
    this.#sendsSoon = true
    queueMicrotask(() => {
      this.#sendsSoon = false
      this.#send()
    })
  }

  #send(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const thread = this.#freeThread()
      if (thread === null) return
      void this.#ask(thread, this.#waiting.splice(0, MAX_BATCH))
    }
  }

  #freeThread(): VerifyThread | null {
    this.#threads = this.#threads.filter(({ dead }) => !dead)
    const [idlest] = this.#threads.toSorted((a, b) => a.load - b.load)
    if (idlest?.load === 0) return idlest
    if (this.#threads.length < this.#size) {
      const started = new VerifyThread(this.#script)
      this.#threads.push(started)
      return started
    }
    return idlest !== undefined && idlest.load < BATCHES_PER_THREAD ? idlest : null
  }

  async #ask(thread: VerifyThread, batch: readonly Waiting[]): Promise<void> {
    const genuine = await thread.verify(batch.map(({ claim }) => claim))
    if (genuine === null) this.#askAgain(batch)
    else batch.forEach(({ answer }, at) => answer(genuine[at] === true))
    this.#send()
  }

  /** Once, and by another thread: what kills two is not asked a third time. */
  #askAgain(batch: readonly Waiting[]): void {
    const [once, twice] = [batch.filter(({ again }) => !again), batch.filter(({ again }) => again)]
    for (const { fail } of this.#closed ? batch : twice)
      fail(unavailable('signatures cannot be verified now'))
    if (!this.#closed) this.#waiting.unshift(...once.map((waiting) => ({ ...waiting, again: true as const })))
  }
}

function unavailable(reason: string): AppError {
  return new AppError('UNAVAILABLE', { details: { reason } })
}
