/** One worker thread and the batches that it has been sent. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Claim, FromWorker, ToWorker, WorkerData } from './messages.ts'

export class VerifyThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #underWay = new Map<number, (genuine: readonly boolean[] | null) => void>()
  #next = 0
  #dead = false

  /** @param workerScript path of the built verify-worker.js */
  constructor(workerScript: string) {
    const workerData: WorkerData = { curve: curveUrl() }
    this.#worker = new Worker(workerScript, { workerData, env: {}, name: 'verify' })
    this.#worker.unref()
    this.#worker.on('message', (message: FromWorker) => this.#hear(message))
    this.#worker.on('error', () => this.#die())
    this.#worker.on('exit', () => this.#die())
  }

  get dead(): boolean {
    return this.#dead
  }

  /** Batches under way. */
  get load(): number {
    return this.#underWay.size
  }

  /** @returns in the order of the claims; `null`: the thread died over them */
  verify(claims: readonly Claim[]): Promise<readonly boolean[] | null> {
    if (this.#dead) return Promise.resolve(null)
    const batch = this.#next++
    this.#worker.ref()
    return new Promise((resolve) => {
      this.#underWay.set(batch, resolve)
      this.#worker.postMessage({ batch, claims } satisfies ToWorker)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#die()
    await this.#worker.terminate()
  }

  #hear({ batch, genuine }: FromWorker): void {
    const resolve = this.#underWay.get(batch)
    this.#underWay.delete(batch)
    if (this.#underWay.size === 0) this.#worker.unref()
    resolve?.(genuine)
  }

  #die(): void {
    this.#dead = true
    for (const resolve of this.#underWay.values()) resolve(null)
    this.#underWay.clear()
  }
}

function curveUrl(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tiny-secp256k1')).href
}
