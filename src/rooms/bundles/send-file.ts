/** Sends a part of an open file as the body of an answer: in pooled slabs, at the pace of its reader. */
import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { SlabPool } from '../../git/launcher/slab-pool.ts'
import { written } from '../../git/written.ts'
import type { ByteRange } from '../../http/byte-range.ts'
import { sendHead } from '../../http/streamed-answer.ts'

export interface FilePart {
  readonly file: FileHandle
  readonly range: ByteRange
}

/**
 * Status and headers are those set on `reply`; for HEAD they are all. Resolves when the answer is out, or cut off: its
 * client is gone, or the file is shorter than it was said to be.
 *
 * @returns bytes that were sent
 */
export async function sendFilePart(reply: FastifyReply, slabs: SlabPool, part: FilePart): Promise<number> {
  const { raw } = reply
  sendHead(reply)
  if (reply.request.method === 'HEAD') {
    raw.end()
    return 0
  }
  const slab = slabs.take()
  const sending = new Sending(raw, part)
  try {
    await sending.all(slab)
    slabs.give(slab)
    raw.end()
  } catch {
    slabs.drop(slab)
    raw.destroy()
  }
  return sending.sent
}

class Sending {
  sent = 0
  readonly #into: ServerResponse
  readonly #part: FilePart

  constructor(into: ServerResponse, part: FilePart) {
    this.#into = into
    this.#part = part
  }

  async all(slab: Buffer): Promise<void> {
    const { file, range } = this.#part
    const size = range.to + 1 - range.from
    while (this.sent < size) {
      const wanted = Math.min(slab.length, size - this.sent)
      const { bytesRead } = await file.read(slab, 0, wanted, range.from + this.sent)
      if (bytesRead === 0) throw new Error('the file ends early')
      await written(this.#into, slab.subarray(0, bytesRead))
      this.sent += bytesRead
    }
  }
}
