/** One chunk through a writable, whose end is also told when it closes without a word. */
import type { Writable } from 'node:stream'
import { AppError } from '../kernel/errors.ts'

/** Resolves when `into` is done with the chunk. @throws AppError `REQUEST_ABORTED`: it closed, and may hold it still */
export function written(into: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new AppError('REQUEST_ABORTED'))
    if (into.destroyed) return closed()
    into.once('close', closed)
    into.write(chunk, (err) => {
      into.off('close', closed)
      if (err) closed()
      else resolve()
    })
  })
}
