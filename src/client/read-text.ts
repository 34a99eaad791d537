/** The text of an answer, as far as its reader is ready to hold it. */
import { SluiceError } from './sluice-error.ts'

/** Larger than any JSON of ours; what is inflated on the way counts as it comes out. */
export const MAX_JSON_BYTES = 256 * 1024 * 1024

/** @throws SluiceError `MALFORMED_ANSWER` for more than `maxBytes`, the rest unread; whatever the connection throws */
export async function readText({ body, status }: Response, maxBytes: number): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > maxBytes) {
      await reader.cancel()
      throw new SluiceError('MALFORMED_ANSWER', 'the answer is too long', { status })
    }
    text += decoder.decode(value, { stream: true })
  }
}
