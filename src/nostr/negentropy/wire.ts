/** Numbers, bounds and ranges of the reconciliation protocol, to and from bytes. Knows no set. @see negentropy-protocol-v1 */

/** `0x61` is version 1; `0x60` to `0x6f` are versions of this protocol. */
export const VERSION = 0x61
export const ID_BYTES = 32
export const FINGERPRINT_BYTES = 16

/** What the other side sent is no message of this protocol; or it does not end. */
export class MalformedReconciliation extends Error {}

/** Where a range ends, itself excluded: at the first item of this time whose id is not below the prefix and zeroes. */
export interface Bound {
  /** Seconds; `Infinity` is behind every item. */
  readonly timestamp: number
  /** At most 32 bytes. */
  readonly prefix: Buffer
}

const NOTHING = Buffer.alloc(0)
export const START: Bound = { timestamp: 0, prefix: NOTHING }
export const END: Bound = { timestamp: Infinity, prefix: NOTHING }

/** Of one range that the other side sent: `ids` has 32 bytes each. */
export type Range = { readonly bound: Bound } & (
  | { readonly mode: 'skip' }
  | { readonly mode: 'fingerprint'; readonly fingerprint: Buffer }
  | { readonly mode: 'ids'; readonly ids: Buffer }
)

const SKIP = 0
const FINGERPRINT = 1
const IDS = 2

/** Is it ours, and not another one of this protocol? @throws MalformedReconciliation: it is neither */
export function isOfThisVersion(message: Buffer): boolean {
  const [version = 0] = message
  if (version < 0x60 || version > 0x6f) throw new MalformedReconciliation('no version of this protocol')
  return version === VERSION
}

/** @throws MalformedReconciliation while it is iterated */
export function* readRanges(message: Buffer): Generator<Range> {
  const reader = new Reader(message)
  let last = START
  while (!reader.atEnd) {
    const bound = reader.bound(last.timestamp)
    if (isBelow(bound, last)) throw new MalformedReconciliation('ranges are not in order')
    last = bound
    yield reader.range(bound)
  }
}

/** As few digits of seven bits as do, the most significant first. */
export function varint(value: number): Buffer {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest % 128) + 128)
  return Buffer.from(digits)
}

function isBelow(a: Bound, b: Bound): boolean {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp
  return a.timestamp !== Infinity && Buffer.compare(a.prefix, b.prefix) < 0
}

class Reader {
  readonly #bytes: Buffer
  #at = 1 // behind the version

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** @param base timestamp of the bound before */
  bound(base: number): Bound {
    const offset = this.#varint()
    const timestamp = offset === 0 ? Infinity : base + offset - 1
    const length = this.#varint()
    if (length > ID_BYTES) throw new MalformedReconciliation('a bound is longer than an id')
    return { timestamp, prefix: this.#take(length) }
  }

  range(bound: Bound): Range {
    switch (this.#varint()) {
      case SKIP:
        return { bound, mode: 'skip' }
      case FINGERPRINT:
        return { bound, mode: 'fingerprint', fingerprint: this.#take(FINGERPRINT_BYTES) }
      case IDS:
        return { bound, mode: 'ids', ids: this.#take(this.#varint() * ID_BYTES) }
      default:
        throw new MalformedReconciliation('unknown mode of a range')
    }
  }

  #varint(): number {
    let value = 0
    for (;;) {
      const digit = this.#take(1)[0] ?? 0
      value = value * 128 + (digit & 127)
      if (value > Number.MAX_SAFE_INTEGER) throw new MalformedReconciliation('a number is too large')
      if (digit < 128) return value
    }
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new MalformedReconciliation('the message ends too early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
