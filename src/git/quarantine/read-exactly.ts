/** Takes the first bytes off a stream that is then read by somebody else. */
import type { Readable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'

/**
 * @returns `size` bytes, fewer only where the stream ends
 * @throws AppError `REQUEST_ABORTED` when it closes early; the stream's own error
 */
export function readExactly(stream: Readable, size: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      for (const [event, listener] of listeners) stream.off(event, listener)
      then()
    }
    const taken: Buffer[] = []
    let missing = size
    const look = () => {
      while (missing > 0) {
        const bytes = stream.read() as Buffer | null
        if (bytes === null) return
        taken.push(bytes.subarray(0, missing))
        if (bytes.length > missing) stream.unshift(bytes.subarray(missing))
        missing -= Math.min(missing, bytes.length)
      }
      finish()
    }
    const finish = () => settle(() => resolve(Buffer.concat(taken)))
    const listeners = [
      ['readable', look],
      ['end', finish],
      ['error', (err: Error) => settle(() => reject(err))],
      ['close', () => settle(() => reject(new AppError('REQUEST_ABORTED')))],
    ] as const
    for (const [event, listener] of listeners) stream.on(event, listener)
    if (stream.errored) return settle(() => reject(stream.errored as Error))
    if (stream.readableEnded) return finish()
    look()
  })
}
