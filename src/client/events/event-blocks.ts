/** One connection to an event stream, until it is lost. Knows nothing of resuming. */
import { SluiceError } from '../sluice-error.ts'
import { EventParser, type Block } from './parse-events.ts'

/** @throws SluiceError */
export type OpenStream = (signal: AbortSignal) => Promise<Response>

/** Servers show that they are there every 15 s. */
export const SILENCE_MS = 60_000

/**
 * Ends when the server ends it. Whoever stops reading closes the connection.
 *
 * @throws SluiceError `NO_ANSWER` for a connection that is cut or falls silent; `MALFORMED_ANSWER`; what `open`
 *   throws; the reason of `signal`
 */
export async function* eventBlocks(
  open: OpenStream,
  { signal, silenceMs = SILENCE_MS }: { signal?: AbortSignal | undefined; silenceMs?: number },
): AsyncGenerator<Block, void, undefined> {
  signal?.throwIfAborted()
  const connection = new AbortController()
  const stop = () => connection.abort(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const reader = readerOf(await open(connection.signal))
    const [decoder, parser] = [new TextDecoder(), new EventParser()]
    for (;;) {
      const { done, value } = await readWithin(silenceMs, reader, connection)
      if (done) return
      yield* parser.take(decoder.decode(value, { stream: true }))
    }
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof SluiceError) throw cause
    if (cause instanceof RangeError) throw malformed('an event without an end')
    throw new SluiceError('NO_ANSWER', 'the stream was cut', { cause })
  } finally {
    signal?.removeEventListener('abort', stop)
    connection.abort()
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

function readerOf({ body, headers }: Response): Reader {
  const isStream = /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
  if (!isStream || body === null) throw malformed('not an event stream')
  return body.getReader()
}

/** Only reading is timed: whoever takes his time with an event loses no connection. */
async function readWithin(ms: number, reader: Reader, connection: AbortController) {
  const silence = setTimeout(() => connection.abort(new Error('the server fell silent')), ms)
  try {
    return await reader.read()
  } finally {
    clearTimeout(silence)
  }
}

function malformed(message: string): SluiceError {
  return new SluiceError('MALFORMED_ANSWER', message)
}
