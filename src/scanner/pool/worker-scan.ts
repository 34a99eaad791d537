/** One scan in a worker, as the server sees it: what is under way, and the answer. */
import type { ObjectFindings } from '../finding.ts'
import type { FromWorker } from './messages.ts'
import type { PieceMemory } from './pieces.ts'

/** Enough to keep the worker busy while the next is filled. */
const PIECES_UNDER_WAY = 2

export class WorkerScan {
  readonly answer: Promise<readonly ObjectFindings[]>
  readonly #memory: PieceMemory
  readonly #onBytes: ((bytes: number) => void) | undefined
  #resolve: (objects: readonly ObjectFindings[]) => void = () => undefined
  #reject: (reason: Error) => void = () => undefined
  #failed = false
  #underWay = 0
  #wake: (() => void) | null = null

  constructor(memory: PieceMemory, onBytes?: (bytes: number) => void) {
    this.#memory = memory
    this.#onBytes = onBytes
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // whoever sends the pieces hears of it first
    this.answer.catch(() => undefined)
  }

  /** Resolves when the worker can be sent one more; also when the scan has failed. */
  async room(): Promise<void> {
    while (this.#underWay >= PIECES_UNDER_WAY && !this.#failed) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    this.#underWay++
  }

  get failed(): boolean {
    return this.#failed
  }

  hear(message: FromWorker): void {
    switch (message.kind) {
      case 'taken':
        this.#memory.give(message.memory)
        this.#underWay--
        this.#onBytes?.(message.bytes)
        this.#wake?.()
        break
      case 'found':
        this.#resolve(message.objects)
        break
      case 'failed':
        this.fail(new Error(message.message))
    }
  }

  fail(reason: Error): void {
    this.#failed = true
    this.#reject(reason)
    this.#wake?.()
  }
}
