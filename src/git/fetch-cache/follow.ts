/** Carries an answer into a writable as far as it has grown, and further as it grows. */
import type { Writable } from 'node:stream'
import type { SlabPool } from '../launcher/slab-pool.ts'
import { written } from '../written.ts'
import type { AnswerReader } from './shared-answer.ts'

/** The sections before the pack: whoever puts a remark there copies no more than this. */
const START_BYTES = 4 * 1024

/**
 * @param into not ended here
 * @throws Error: the answer could not be made whole, its file is damaged, or `into` has closed
 */
export async function follow(reader: AnswerReader, into: Writable, pool: SlabPool): Promise<void> {
  into.once('close', () => reader.stop())
  if (into.destroyed) reader.stop()
  let left = await reader.more()
  for (let most = START_BYTES; left > 0; most = Infinity) {
    await carry(reader, into, { pool, bytes: Math.min(left, most) })
    left = await reader.more()
  }
}

async function carry(
  reader: AnswerReader,
  into: Writable,
  { pool, bytes }: { pool: SlabPool; bytes: number },
): Promise<void> {
  const slab = await pool.takeInTurn() // each time another: none is kept while there is nothing to read
  try {
    const filled = await reader.read(slab.subarray(0, Math.min(bytes, slab.length)))
    await written(into, slab.subarray(0, filled))
    pool.give(slab)
  } catch (err) {
    pool.drop(slab) // who closed it may hold it still
    throw err
  }
}
