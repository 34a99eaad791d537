/** The beginning of what a server answers, for somebody to read. */
import type { Readable } from 'node:stream'

const MAX_EXCERPT_BYTES = 1024
/** What is longer costs its connection: reading it to its end is not worth it. */
const MAX_READ_BYTES = 16 * 1024

/**
 * Printable, on one line.
 *
 * @throws Error when the body breaks off; one that is too long is cut
 */
export async function readExcerpt(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= MAX_EXCERPT_BYTES + chunk.length) chunks.push(chunk)
    if (bytes > MAX_READ_BYTES) break // leaving the loop ends the connection
  }
  return printable(Buffer.concat(chunks).subarray(0, MAX_EXCERPT_BYTES).toString())
}

/** Without what a terminal obeys, and half a character at the end. */
function printable(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/\uFFFD+$/, '')
    .trim()
}
