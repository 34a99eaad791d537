/** Looks for secrets in git objects, in worker threads. Where an object lies is the caller's business. */
import { availableParallelism } from 'node:os'
import type { ObjectFindings } from './finding.ts'
import { pieces } from './pool/pieces.ts'
import { ScanPool } from './pool/scan-pool.ts'
import type { ScanThread } from './pool/scan-thread.ts'
import type { WorkerScan } from './pool/worker-scan.ts'
import type { RuleSet } from './rule.ts'

export interface ScannerOptions {
  /** Path of the built scan-worker.js. */
  readonly workerScript: string
  /** All that will ever be asked for. */
  readonly ruleSets: readonly RuleSet[]
  /** Threads; default: a core less than there are, at least one. They start with the first scan. */
  readonly workers?: number
  /** A worker that takes nothing for so long is ended, and its scans fail. Default 30 s. */
  readonly stuckMs?: number
}

export interface ScanOptions {
  readonly signal?: AbortSignal
  /** Bytes scanned since the last call. */
  readonly onBytes?: (bytes: number) => void
}

export interface Scanner extends AsyncDisposable {
  /**
   * Scans objects in the output format of `git cat-file --batch`, pieces of any size. Blobs, commits and tags
   * are text from end to end; of trees, the names of the entries. `contents` ends by the same signal.
   *
   * @returns only objects with findings, in order; `countsAt` tells whether one counts at a path
   * @throws AppError `UNAVAILABLE`: the worker died or was stuck, nothing is known of the objects; the
   *   signal's reason; what `contents` throws; Error: `contents` is not in that format, or ends early
   */
  scan(
    ruleSet: RuleSet,
    contents: AsyncIterable<Buffer>,
    opts?: ScanOptions,
  ): Promise<readonly ObjectFindings[]>
}

export function openScanner({ workers, ...opts }: ScannerOptions): Scanner {
  const pool = new ScanPool({ stuckMs: 30_000, ...opts }, workers ?? Math.max(1, availableParallelism() - 1))
  const versions = new Set(opts.ruleSets.map(({ version }) => version))
  return {
    async scan(ruleSet, contents, scanOpts = {}) {
      if (!versions.has(ruleSet.version)) throw new RangeError(`the scanner was not given ${ruleSet.name}`)
      return scanIn(pool.thread(), ruleSet.version, contents, scanOpts)
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

async function scanIn(
  thread: ScanThread,
  version: string,
  contents: AsyncIterable<Buffer>,
  { signal, onBytes }: ScanOptions,
): Promise<readonly ObjectFindings[]> {
  const { id, scan } = thread.begin(onBytes)
  const abort = () => scan.fail(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
  signal?.addEventListener('abort', abort, { once: true })
  try {
    if (signal?.aborted) abort()
    await send(thread, id, version, contents, scan)
    return await scan.answer
  } finally {
    signal?.removeEventListener('abort', abort)
    thread.finish(id)
  }
}

/** Stops at the first sign that the scan has failed. */
async function send(
  thread: ScanThread,
  id: number,
  version: string,
  contents: AsyncIterable<Buffer>,
  scan: WorkerScan,
): Promise<void> {
  for await (const piece of pieces(contents, thread.memory)) {
    await scan.room()
    if (scan.failed) return
    thread.sendPiece(id, version, piece)
  }
  if (!scan.failed) thread.sendEnd(id, version)
}
