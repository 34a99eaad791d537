/** Looks for secrets in git objects, in worker threads. Where an object lies is the caller's business. */
import type { ObjectFindings } from './finding.ts'
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
   * are text from end to end; of trees, the names of the entries.
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

export function openScanner(_options: ScannerOptions): Scanner {
  throw new Error('not there yet')
}
