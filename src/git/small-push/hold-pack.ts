/** Reads a pack into memory, or gives it back as if nobody had read from it. */
import { addAbortSignal, Readable } from 'node:stream'
import { PACK_HEADER_BYTES, parsePackHeader } from '../wire/pack-header.ts'
import type { Holding } from './held-bytes.ts'
import type { SmallPushLimits } from './limits.ts'
import type { Reason } from './unusual.ts'

/** `rest`: all bytes of the pack, those that were read among them. */
export type HeldPack =
  { readonly whole: Buffer } | { readonly whole: null; readonly rest: Readable; readonly reason: Reason }

/**
 * @param pack read to its end, or handed on in `rest`; destroyed by `signal`
 * @throws the stream's error, `AbortError`
 */
export async function holdPack(
  pack: Readable,
  limits: SmallPushLimits,
  holding: Holding,
  signal?: AbortSignal,
): Promise<HeldPack> {
  if (signal) addAbortSignal(signal, pack)
  const chunks: Buffer[] = []
  const giveBack = (reason: Reason) => ({ whole: null, rest: again(chunks, pack), reason }) as const
  let bytes = 0
  let isJudged = false
  for await (const chunk of pack.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    hold(chunks, chunk)
    bytes += chunk.length
    if (!isJudged && bytes >= PACK_HEADER_BYTES) {
      const reason = unusualHeader(Buffer.concat(chunks, PACK_HEADER_BYTES), limits)
      if (reason !== null) return giveBack(reason)
      isJudged = true
    }
    if (bytes > limits.wireBytes) return giveBack('large')
    if (!holding.add(chunk.length)) return giveBack('busy')
  }
  if (!isJudged) return giveBack('malformed')
  return { whole: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) }
}

/** Each piece takes memory of its own, however small: a sender of single bytes would cost hundreds of times of what he sends. */
const SMALL_PIECE_BYTES = 16 * 1024

/** Small pieces are put together with those before them, so that few are held. */
function hold(pieces: Buffer[], piece: Buffer): void {
  let last = piece
  for (let before = pieces.at(-1); before && isNoLarger(before, last); before = pieces.at(-1)) {
    pieces.pop()
    last = Buffer.concat([before, last])
  }
  pieces.push(last)
}

function isNoLarger(piece: Buffer, than: Buffer): boolean {
  return piece.length < SMALL_PIECE_BYTES && piece.length <= than.length
}

/** What was held, for git after all. */
export function heldAgain(whole: Buffer): Readable {
  return again([whole], null)
}

function unusualHeader(header: Buffer, limits: SmallPushLimits): Reason | null {
  try {
    const { version, objects } = parsePackHeader(header)
    if (version !== 2) return 'malformed'
    if (objects === 0) return 'empty'
    return objects > limits.objects ? 'large' : null
  } catch {
    return 'malformed'
  }
}

function again(chunks: readonly Buffer[], pack: Readable | null): Readable {
  const bytes = async function* () {
    yield* chunks
    if (pack && !pack.readableEnded) yield* pack as AsyncIterable<Buffer>
  }
  return Readable.from(bytes(), { objectMode: false })
}
