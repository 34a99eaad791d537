/** Tells a person how far a large upload is: git has written its pack to the end by then, and is silent. */
import { Transform, type Readable, type Writable } from 'node:stream'

/** A smaller one is over before it is read about. */
const FROM_BYTES = 4 * 1024 * 1024
const EVERY_MS = 1_000
const MIB = 1024 * 1024

/** Passes `body` on; writes a line that overwrites itself to `terminal` about every second. */
export function withUploadProgress(body: Readable, bytes: number, terminal: Writable): Readable {
  if (bytes < FROM_BYTES) return body
  let sent = 0
  let toldAt = Date.now()
  const tell = (end: string) => {
    const percent = String(Math.floor((100 * sent) / bytes)).padStart(3)
    terminal.write(
      `Sending pack: ${percent}% (${(sent / MIB).toFixed(1)}/${(bytes / MIB).toFixed(1)} MiB)${end}`,
    )
    toldAt = Date.now()
  }
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length
      if (Date.now() - toldAt >= EVERY_MS) tell('\r')
      done(null, chunk)
    },
    flush(done) {
      tell(', done.\n')
      done()
    },
  })
  body.once('error', (err) => counted.destroy(err))
  counted.once('close', () => body.destroy())
  return body.pipe(counted)
}
