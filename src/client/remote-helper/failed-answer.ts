/** What an HTTP error of a server says to the person who waits for git. */
import type { IncomingMessage } from 'node:http'
import { HelperError } from '../credential-helper/helper-error.ts'
import { printable } from '../printable.ts'

const MAX_BYTES = 4096

const ADVICE: Readonly<Record<number, string>> = {
  401: 'sign in: run `sluice login`, or hand the helper a token that is valid',
  403: 'the token, or its account, may not do this',
  404: 'repository not found, or not visible to you',
  413: 'the push is too large for the server',
  429: 'too many requests; try again later',
  503: 'the server is busy; try again later',
}

/** Reads the answer to its end, a long one to a part. */
export async function failureOf(answer: IncomingMessage): Promise<HelperError> {
  const said = await textOf(answer)
  const status = answer.statusCode ?? 0
  const remote =
    said === ''
      ? ''
      : `\n${said
          .split('\n')
          .map((line) => `remote: ${printable(line)}`)
          .join('\n')}`
  return new HelperError(`${ADVICE[status] ?? 'the server refused'} (HTTP ${status})${remote}`)
}

/** Only plain text: git's routes answer nothing else, and a proxy's HTML helps nobody. */
async function textOf(answer: IncomingMessage): Promise<string> {
  const isText = /^text\/plain\b/i.test(answer.headers['content-type'] ?? '')
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MAX_BYTES) break
    }
  } catch {
    // cut off: what came is said
  }
  return isText ? Buffer.concat(chunks).toString('utf8', 0, MAX_BYTES).trim() : ''
}
