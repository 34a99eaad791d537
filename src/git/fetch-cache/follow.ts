/** Carries an answer into a writable as far as it has grown, and further as it grows: one slab at a time. */
import type { Writable } from 'node:stream'
import type { SlabPool } from '../launcher/slab-pool.ts'
import { written } from '../written.ts'
import type { AnswerReader } from './shared-answer.ts'

/**
 * @param into not ended here
 * @throws Error: the answer could not be made whole, its file is damaged, or `into` has closed
 */
export async function follow(reader: AnswerReader, into: Writable, slabs: SlabPool): Promise<void> {
  into.once('close', () => reader.stop())
  if (into.destroyed) reader.stop()
  for (let left = await reader.more(); left > 0; left = await reader.more()) {
    const slab = slabs.take() // each time another: while this one waits for a slow client, none is kept idle
    try {
      const bytes = await reader.read(slab.subarray(0, Math.min(slab.length, left)))
      await written(into, slab.subarray(0, bytes))
      slabs.give(slab)
    } catch (err) {
      slabs.drop(slab) // who closed it may hold it still
      throw err
    }
  }
}
