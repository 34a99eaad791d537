/** Carries an answer into a writable as far as it has grown, and further as it grows. */
import type { Writable } from 'node:stream'
import { SLAB_BYTES, type SlabPool } from '../launcher/slab-pool.ts'
import { written } from '../written.ts'
import type { AnswerReader } from './shared-answer.ts'

/** A read goes through another thread, and that costs as much as to copy a slab. */
const SLABS_A_READ = 4
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
  const slabs = takeSlabs(pool, bytes) // each time others: none is kept while there is nothing to read
  try {
    let filled = await reader.read(fitted(slabs, bytes))
    for (let slab = slabs[0]; slab !== undefined && filled > 0; slab = slabs[0]) {
      await written(into, slab.subarray(0, Math.min(slab.length, filled)))
      filled -= Math.min(slab.length, filled)
      slabs.shift()
      pool.give(slab)
    }
    for (const slab of slabs.splice(0)) pool.give(slab)
  } catch (err) {
    for (const slab of slabs) pool.drop(slab) // who closed it may hold it still
    throw err
  }
}

/** No more than one where large ones are scarce. */
function takeSlabs(pool: SlabPool, bytes: number): Buffer[] {
  const slabs = [pool.take()]
  for (let room = SLAB_BYTES; room < bytes && slabs.length < SLABS_A_READ; room += SLAB_BYTES) {
    if (slabs.at(-1)?.length !== SLAB_BYTES) break
    slabs.push(pool.take())
  }
  return slabs
}

/** The slabs, the last of them cut so that they take no more than there is. */
function fitted(slabs: readonly Buffer[], bytes: number): Buffer[] {
  let left = bytes
  return slabs.map((slab) => {
    const part = slab.subarray(0, left)
    left -= part.length
    return part
  })
}
