/**
 * An answer whose bytes come from a process. Its head goes out with the first of them: until then the
 * answer may still become an error; after it, one that is not whole is cut off.
 */
import { Writable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { AppError } from '../kernel/errors.ts'

/** A process whose output is carried into a writable. */
export interface Pumped {
  /** All of it has been written; rejects when the writable closed. */
  readonly written: Promise<void>
  readonly exited: Promise<{ readonly code: number | null; readonly stderr: string }>
}

/**
 * Status and headers are those set on `reply`; for HEAD they are all. Resolves when the answer is out, or its
 * client is gone.
 *
 * @throws AppError `GIT_FAILED`, or what `start` and `exited` throw, while nothing was sent
 */
export async function sendStream(
  reply: FastifyReply,
  start: (into: Writable) => Promise<Pumped>,
): Promise<FastifyReply> {
  if (reply.request.method === 'HEAD') {
    sendHead(reply)
    reply.raw.end()
    return reply
  }
  const source = await start(bodyOf(reply))
  try {
    await source.written
  } catch {
    return reply.hijack() // the client is gone: nobody is left to tell
  }
  const { raw } = reply
  if (raw.headersSent) {
    if (await endedWell(source)) raw.end()
    else raw.destroy()
    return reply
  }
  const { code, stderr } = await source.exited
  if (code !== 0) throw new AppError('GIT_FAILED', { cause: new Error(stderr) })
  sendHead(reply)
  raw.end()
  return reply
}

/**
 * Takes the body of an answer; its first bytes send the head as well.
 *
 * @param through what is sent in place of each piece
 */
export function bodyOf(reply: FastifyReply, through: (chunk: Buffer) => Buffer = (chunk) => chunk): Writable {
  const { raw } = reply
  const body = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!raw.headersSent) sendHead(reply)
      raw.write(through(chunk), done)
    },
  })
  body.on('error', () => {}) // 'close' follows, and says the same
  raw.once('close', () => body.destroy())
  return body
}

/** From here on the answer is no longer Fastify's. */
export function sendHead(reply: FastifyReply): void {
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
}

async function endedWell({ exited }: Pumped): Promise<boolean> {
  return exited.then(
    ({ code }) => code === 0,
    () => false,
  )
}
