/** Takes a pack that is held in memory apart: each entry with what it inflates to. Deltas are not resolved here. */
import { createHash } from 'node:crypto'
import { inflate } from 'node:zlib'
import { oidLength, type ObjectFormat } from '../../kernel/ids.ts'
import { asInflated, inflateWhole, wholeOptions, type Inflated, type WithEngine } from '../objects/inflate.ts'
import { ENTRY_HEADER_BYTES, parsePackEntry, type PackEntry } from '../objects/pack-entry.ts'
import { ScanPace } from '../refs/ref-scan-pace.ts'
import { PACK_HEADER_BYTES, parsePackHeader } from '../wire/pack-header.ts'
import type { Budget } from './budget.ts'
import { Unusual } from './unusual.ts'

export type ReadEntry = PackEntry & {
  /** Of its header in the pack. */
  readonly offset: number
  /** Of an object, or of a delta. */
  readonly inflated: Buffer
  /** As it came. */
  readonly deflated: Buffer
}

/** A size that takes more bytes is not written by git for what is small. */
const MAX_HEADER_BYTES = 5
/** Below this, handing it to a thread costs more than the work does. */
const AT_ONCE_BYTES = 128 * 1024

/**
 * In the order of the pack.
 *
 * @param pack from its header to the end of its trailer
 * @throws Unusual, and other errors for what is damaged
 * @see gitformat-pack(5)
 */
export async function readEntries(pack: Buffer, format: ObjectFormat, budget: Budget): Promise<ReadEntry[]> {
  const hashBytes = oidLength(format) / 2
  const body = pack.subarray(0, Math.max(0, pack.length - hashBytes))
  if (!createHash(format).update(body).digest().equals(pack.subarray(body.length)))
    throw new Unusual('malformed')
  const { objects } = parsePackHeader(pack)
  const entries: ReadEntry[] = []
  const pace = new ScanPace()
  let at = PACK_HEADER_BYTES
  while (entries.length < objects) {
    const entry = await readEntry(body, at, hashBytes, budget)
    entries.push(entry)
    at = entry.bodyAt + entry.deflated.length
    if (pace.isOver()) await pace.rest()
  }
  if (at !== body.length) throw new Unusual('malformed')
  return entries
}

async function readEntry(
  body: Buffer,
  offset: number,
  hashBytes: number,
  budget: Budget,
): Promise<ReadEntry> {
  const entry = parsePackEntry(body.subarray(offset, offset + ENTRY_HEADER_BYTES), offset, hashBytes)
  if (sizeBytesAt(body, offset) > MAX_HEADER_BYTES) throw new Unusual('malformed')
  budget.spend(entry.size)
  const { content, consumed } = await inflateAt(body.subarray(entry.bodyAt), entry.size)
  return {
    ...entry,
    offset,
    inflated: content,
    deflated: body.subarray(entry.bodyAt, entry.bodyAt + consumed),
  }
}

/** Bytes of type and size. */
function sizeBytesAt(body: Buffer, offset: number): number {
  let length = 1
  while ((body[offset + length - 1] as number) & 0x80) length++
  return length
}

async function inflateAt(deflated: Buffer, size: number): Promise<Inflated> {
  if (size <= AT_ONCE_BYTES) return inflateWhole(deflated, size)
  const inflated = await new Promise<WithEngine>((resolve, reject) => {
    inflate(deflated, wholeOptions(size), (err, result) =>
      err ? reject(err) : resolve(result as unknown as WithEngine),
    )
  })
  return asInflated(inflated, size)
}
