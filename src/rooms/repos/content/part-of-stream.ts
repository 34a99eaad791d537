/** Lets a range of the bytes that are written to it through to another stream, at that one's pace. */
import { Writable } from 'node:stream'
import type { ByteRange } from '../../../http/byte-range.ts'

export interface PartOfStream {
  readonly writable: Writable
  /** The last byte of the range has gone through. */
  readonly complete: Promise<void>
}

/** Closes when `into` closes. */
export function partOfStream(into: Writable, { from, to }: ByteRange): PartOfStream {
  let at = 0
  let finish = () => {}
  const complete = new Promise<void>((resolve) => {
    finish = resolve
  })
  const writable = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const start = Math.max(0, from - at)
      const end = Math.min(chunk.length, to + 1 - at)
      at += chunk.length
      if (start >= end) return done()
      into.write(chunk.subarray(start, end), (err) => {
        if (at > to) finish()
        done(err)
      })
    },
  })
  writable.on('error', () => {}) // 'close' follows, and says the same
  into.once('close', () => writable.destroy())
  return { writable, complete }
}
