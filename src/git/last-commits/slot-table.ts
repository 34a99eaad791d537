/** A table on disk that finds a number by an id: open addressing, so that one or two small reads are enough. */
import { readAt } from '../objects/read-at.ts'

const KEY_BYTES = 16
/** Key and number, which is never 0: an empty slot is. */
const SLOT_BYTES = KEY_BYTES + 6
const ROOM = 1.5
const SLOTS_A_READ = 8

export class SlotTable {
  readonly bytes: Buffer
  readonly #slots: number

  /** @param count of what will be put in */
  constructor(count: number) {
    this.#slots = slotsFor(count)
    this.bytes = Buffer.alloc(this.#slots * SLOT_BYTES)
  }

  /** @param key random bytes, 16 at least; the first 16 name it. @param value below 2^48 - 1 */
  put(key: Buffer, value: number): void {
    let slot = key.readUInt32BE() % this.#slots
    while (this.bytes.readUIntBE(slot * SLOT_BYTES + KEY_BYTES, 6) !== 0) slot = (slot + 1) % this.#slots
    key.copy(this.bytes, slot * SLOT_BYTES, 0, KEY_BYTES)
    this.bytes.writeUIntBE(value + 1, slot * SLOT_BYTES + KEY_BYTES, 6)
  }
}

export function tableBytes(count: number): number {
  return slotsFor(count) * SLOT_BYTES
}

/** @param place of a table in an open file, and for how many it was made. @returns `null`: it is not in there */
export function findSlot(
  fd: number,
  place: { readonly at: number; readonly count: number },
  key: Buffer,
): number | null {
  const slots = slotsFor(place.count)
  let slot = key.readUInt32BE() % slots
  for (let seen = 0; seen < slots;) {
    const size = Math.min(SLOTS_A_READ, slots - slot)
    const read = readAt(fd, place.at + slot * SLOT_BYTES, size * SLOT_BYTES)
    for (let at = 0; at + SLOT_BYTES <= read.length; at += SLOT_BYTES) {
      const value = read.readUIntBE(at + KEY_BYTES, 6)
      if (value === 0) return null
      if (read.compare(key, 0, KEY_BYTES, at, at + KEY_BYTES) === 0) return value - 1
    }
    seen += size
    slot = (slot + size) % slots
  }
  return null
}

/** At least one slot stays empty: there a search ends. */
function slotsFor(count: number): number {
  return Math.ceil(count * ROOM) + 1
}

/** All that a table holds, in no order. */
export function* slotsOf(table: Buffer): Generator<{ readonly key: Buffer; readonly value: number }> {
  for (let at = 0; at < table.length; at += SLOT_BYTES) {
    const value = table.readUIntBE(at + KEY_BYTES, 6)
    if (value > 0) yield { key: table.subarray(at, at + KEY_BYTES), value: value - 1 }
  }
}
