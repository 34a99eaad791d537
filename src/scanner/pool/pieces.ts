/** Gathers what a stream yields into pieces of one size, in memory that goes to the worker and comes back. */

const PIECE_BYTES = 262_144
/** What a thread with a few scans needs; the memory of a crowd is not kept. */
const MAX_FREE = 8

/** Memory that came back. */
export class PieceMemory {
  readonly #free: ArrayBuffer[] = []

  take(): ArrayBuffer {
    return this.#free.pop() ?? new ArrayBuffer(PIECE_BYTES)
  }

  give(memory: ArrayBuffer): void {
    if (this.#free.length < MAX_FREE) this.#free.push(memory)
  }
}

export interface Piece {
  readonly memory: ArrayBuffer
  readonly bytes: number
}

/** Pieces that are full, but for the last. Copies: what yields the chunks may use them again. */
export async function* pieces(chunks: AsyncIterable<Buffer>, free: PieceMemory): AsyncGenerator<Piece> {
  let memory = free.take()
  let bytes = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE_BYTES - bytes)
      new Uint8Array(memory).set(part, bytes)
      bytes += part.length
      at += part.length
      if (bytes < PIECE_BYTES) continue
      yield { memory, bytes }
      memory = free.take()
      bytes = 0
    }
  }
  if (bytes > 0) yield { memory, bytes }
}
