/** Scans all batches of a source, as many at once as there are threads. */
import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import type { ObjectFindings } from '../../../scanner/finding.ts'
import type { RuleSet } from '../../../scanner/rule.ts'
import { openScanner } from '../../../scanner/scanner.ts'
import type { Batch, Source } from './source.ts'

export interface Scanned {
  readonly found: readonly ObjectFindings[]
  readonly objects: number
  readonly bytes: number
}

export interface ScanObjects {
  readonly rules: RuleSet
  /** Path of the built scan-worker.js. */
  readonly workerScript: string
  /** Bytes scanned so far. */
  readonly onBytes: (bytes: number) => void
}

/** Megabytes for what is new, of each thread: pieces come and go, and take 50 MB by default, for no gain. */
const SMALL_NURSERY = '--max-semi-space-size=1'

/** @throws what the source throws; AppError `UNAVAILABLE`: the scanner has failed */
export async function scanObjects(
  source: Source,
  { rules, workerScript, onBytes }: ScanObjects,
): Promise<Scanned> {
  setFlagsFromString(SMALL_NURSERY)
  const threads = Math.max(1, availableParallelism() - 1)
  await using scanner = openScanner({ workerScript, ruleSets: [rules], workers: threads })
  const found: ObjectFindings[] = []
  let [objects, bytes] = [0, 0]
  const count = (more: number) => onBytes((bytes += more))
  await takeAll(source.batches(), threads, async (batch, signal) => {
    found.push(...(await scanner.scan(rules, batch.contents(), { signal, onBytes: count })))
    objects += batch.objects
  })
  return { found, objects, bytes }
}

/** The first failure ends the others. */
async function takeAll(
  batches: AsyncIterable<Batch>,
  atOnce: number,
  take: (batch: Batch, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const iterator = batches[Symbol.asyncIterator]()
  const taker = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      await take(next.value, failed.signal)
  }
  const takers = Array.from({ length: atOnce }, () => taker())
  try {
    await Promise.all(takers)
  } catch (err) {
    failed.abort()
    await Promise.allSettled(takers)
    throw err
  } finally {
    await iterator.return?.()
  }
}
