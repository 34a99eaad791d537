/** Sends a blob, or a range of it: from memory when it is small, else straight from git. */
import { isUtf8 } from 'node:buffer'
import type { FastifyReply } from 'fastify'
import type { GitReader } from '../../../git/git-reader.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import type { RequestReader } from '../../../http/reader.ts'
import { sendStream } from '../../../http/streamed-answer.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Oid } from '../../../kernel/ids.ts'
import type { ByteRange } from '../../../http/byte-range.ts'
import { isBinary } from './is-binary.ts'
import { partOfStream } from './part-of-stream.ts'

export interface BlobSource {
  readonly objects: Pick<StoredObjects, 'blob'>
  readonly reader: Pick<GitReader, 'startInto'>
}

export interface BlobPart {
  readonly oid: Oid
  /** Of the whole blob. */
  readonly size: number
  readonly range: ByteRange
}

const MAX_BYTES_IN_MEMORY = 1024 * 1024
/** A client may read slowly; one that does not read at all is cut off by the server. */
const LIMITS = { wallMs: 6 * 3_600_000, cpuSeconds: 600 }

/** What is too large to be looked at first is taken for binary. */
export async function sendBlob(
  { objects, reader }: BlobSource,
  who: RequestReader,
  reply: FastifyReply,
  { oid, size, range }: BlobPart,
): Promise<FastifyReply> {
  if (size > MAX_BYTES_IN_MEMORY) {
    reply.header('content-type', BYTES)
    return sendStream(reply, async (into) => {
      const { writable, complete } = partOfStream(into, range)
      const git = await reader.startInto(who, writable, ['cat-file', 'blob', oid], LIMITS)
      const cut = complete.then(git.kill) // what follows the range is not asked for
      const exited = Promise.race([git.exited, cut.then(() => ({ code: 0, stderr: '' }))])
      exited.catch(() => {}) // nobody waits for it when the client is gone
      return { written: Promise.race([git.written, cut]), exited }
    })
  }
  const content = await objects.blob(who.repo, oid, { maxBytes: MAX_BYTES_IN_MEMORY })
  if (content === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such file' } })
  return reply.type(typeOf(content)).send(content.subarray(range.from, range.to + 1))
}

const TEXT = 'text/plain; charset=utf-8'
const BYTES = 'application/octet-stream'

function typeOf(content: Buffer): string {
  return isBinary(content) || !isUtf8(content) ? BYTES : TEXT
}
