/** Puts ranges one behind the other into a message. What is skipped is only written when something follows. */
import { START, VERSION, varint, type Bound } from './wire.ts'

const SKIP = varint(0)
const FINGERPRINT = varint(1)
const IDS = varint(2)
const INFINITY = varint(0)

export class RangeWriter {
  readonly #parts: Buffer[] = [Buffer.of(VERSION)]
  #length = 1
  #timestamp = START.timestamp
  #skipped: Bound | null = null

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** Nothing but what was skipped. */
  get isEmpty(): boolean {
    return this.#length === 1
  }

  skip(until: Bound): void {
    this.#skipped = until
  }

  fingerprint(until: Bound, fingerprint: Buffer): void {
    this.#begin(until)
    this.#put(FINGERPRINT, fingerprint)
  }

  /** @param ids 32 bytes each, so many */
  ids(until: Bound, ids: Buffer, count: number): void {
    this.#begin(until)
    this.#put(IDS, varint(count), ids)
  }

  message(): Buffer {
    return Buffer.concat(this.#parts, this.#length)
  }

  #begin(until: Bound): void {
    if (this.#skipped !== null) {
      this.#bound(this.#skipped)
      this.#put(SKIP)
      this.#skipped = null
    }
    this.#bound(until)
  }

  #bound({ timestamp, prefix }: Bound): void {
    this.#put(timestamp === Infinity ? INFINITY : varint(timestamp - this.#timestamp + 1))
    this.#put(varint(prefix.length), prefix)
    this.#timestamp = timestamp
  }

  #put(...parts: readonly Buffer[]): void {
    for (const part of parts) {
      this.#parts.push(part)
      this.#length += part.length
    }
  }
}
