/** Makes bad messages out of good ones. The same seed gives the same messages. */

/** A stream of pseudo-random numbers. @see Marsaglia, "Xorshift RNGs" (2003), the 32-bit triple 13, 17, 5 */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** A whole number from 0 to `below` - 1. */
  roll(below: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % below
  }

  pick<T>(items: readonly T[]): T {
    return items[this.roll(items.length)] as T
  }
}

const LENGTHS = [
  '0000',
  '0001',
  '0002',
  '0003',
  '0004',
  '0005',
  'fff0',
  'fff1',
  'ffff',
  '-001',
  '00 4',
  'FFF0',
]
const MAX_BYTES = 4096

type Mutation = (bytes: Buffer, dice: Dice, corpus: readonly Buffer[]) => Buffer

const mutations: readonly Mutation[] = [
  flipByte,
  (bytes, dice) => bytes.subarray(0, dice.roll(bytes.length + 1)),
  (bytes, dice) => insert(bytes, dice, Buffer.from([dice.roll(256)])),
  (bytes, dice) => insert(bytes, dice, Buffer.from(dice.pick(LENGTHS))),
  (bytes, dice) => insert(bytes, dice, slice(bytes, dice)),
  (bytes, dice, corpus) => insert(bytes, dice, slice(dice.pick(corpus), dice)),
  overwriteWithLength,
  cutOut,
]

/** One to four mutations of a message of the corpus; one in sixteen is noise. */
export function mutate(corpus: readonly Buffer[], dice: Dice): Buffer {
  if (dice.roll(16) === 0) return Buffer.from(Array.from({ length: dice.roll(64) }, () => dice.roll(256)))
  let bytes = dice.pick(corpus)
  for (let i = dice.roll(4); i >= 0; i--) bytes = dice.pick(mutations)(bytes, dice, corpus)
  return bytes.subarray(0, MAX_BYTES)
}

function flipByte(bytes: Buffer, dice: Dice): Buffer {
  const copy = Buffer.from(bytes)
  if (copy.length > 0) copy[dice.roll(copy.length)] = dice.roll(256)
  return copy
}

function overwriteWithLength(bytes: Buffer, dice: Dice): Buffer {
  const copy = Buffer.from(bytes)
  copy.write(dice.pick(LENGTHS), dice.roll(copy.length + 1), 'latin1')
  return copy
}

function insert(bytes: Buffer, dice: Dice, piece: Buffer): Buffer {
  const at = dice.roll(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}

function cutOut(bytes: Buffer, dice: Dice): Buffer {
  const [start, end] = span(bytes, dice)
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
}

function slice(bytes: Buffer, dice: Dice): Buffer {
  return bytes.subarray(...span(bytes, dice))
}

function span(bytes: Buffer, dice: Dice): [number, number] {
  const start = dice.roll(bytes.length + 1)
  return [start, start + dice.roll(bytes.length - start + 1)]
}
