/** One worker thread and the scans in it. A thread that dies or is stuck takes its scans along. */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../kernel/errors.ts'
import type { RuleSet } from '../rule.ts'
import type { FromWorker, ToWorker, WorkerData } from './messages.ts'
import { PieceMemory, type Piece } from './pieces.ts'
import { WorkerScan } from './worker-scan.ts'

export interface ScanThreadOptions {
  readonly workerScript: string
  readonly ruleSets: readonly RuleSet[]
  readonly stuckMs: number
}

export class ScanThread implements AsyncDisposable {
  /** What its scans fill pieces from. */
  readonly memory = new PieceMemory()
  readonly #worker: Worker
  readonly #stuckMs: number
  readonly #scans = new Map<number, WorkerScan>()
  #next = 0
  #dead = false
  /** Armed while the worker has something to answer. */
  #watch: NodeJS.Timeout | null = null

  constructor({ workerScript, ruleSets, stuckMs }: ScanThreadOptions) {
    this.#stuckMs = stuckMs
    const workerData: WorkerData = { ruleSets }
    this.#worker = new Worker(workerScript, { workerData, env: {}, name: 'scan' })
    this.#worker.unref()
    this.#worker.on('message', (message: FromWorker) => this.#hear(message))
    this.#worker.on('error', () => this.#die())
    this.#worker.on('exit', () => this.#die())
  }

  get dead(): boolean {
    return this.#dead
  }

  /** Scans under way. */
  get load(): number {
    return this.#scans.size
  }

  begin(onBytes?: (bytes: number) => void): { readonly id: number; readonly scan: WorkerScan } {
    const id = this.#next++
    this.#worker.ref()
    const scan = new WorkerScan(this.memory, onBytes)
    this.#scans.set(id, scan)
    return { id, scan }
  }

  sendPiece(scan: number, version: string, { memory, bytes }: Piece): void {
    this.#send({ kind: 'piece', scan, version, memory, bytes }, [memory])
  }

  sendEnd(scan: number, version: string): void {
    this.#send({ kind: 'end', scan, version })
  }

  /** Forgets a scan, whatever became of it. */
  finish(scan: number): void {
    this.#scans.delete(scan)
    this.#worker.postMessage({ kind: 'drop', scan } satisfies ToWorker)
    if (this.#scans.size > 0) return
    this.#unwatch()
    this.#worker.unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#die()
    await this.#worker.terminate()
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
    this.#watch ??= setTimeout(() => void this[Symbol.asyncDispose](), this.#stuckMs).unref()
  }

  #hear(message: FromWorker): void {
    if (this.#watch !== null) this.#watch.refresh()
    this.#scans.get(message.scan)?.hear(message)
  }

  #unwatch(): void {
    if (this.#watch !== null) clearTimeout(this.#watch)
    this.#watch = null
  }

  #die(): void {
    this.#dead = true
    this.#unwatch()
    const reason = 'the secret scanner stopped, so nothing is known of these objects; try again'
    for (const scan of this.#scans.values()) scan.fail(new AppError('UNAVAILABLE', { details: { reason } }))
  }
}
