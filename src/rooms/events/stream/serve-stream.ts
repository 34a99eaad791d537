/** From a request for a stream to its end, whichever of the two addresses it came to. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readCredential } from '../../../http/credentials.ts'
import type { ErrorLog } from '../../../http/error-rendering.ts'
import type { PermissionParts } from '../../../http/permission.ts'
import { partyOf } from '../../../http/rate-limit.ts'
import { AppError } from '../../../kernel/errors.ts'
import { ANONYMOUS } from '../../../kernel/principal.ts'
import type { EventTail } from '../../../store/log/event-tail.ts'
import { OPENING } from './event-frames.ts'
import { EventStream, type EventStreamParts, type Subscription } from './event-stream.ts'
import type { OpenStreams } from './open-streams.ts'
import { checkAccepts, sendStreamHead } from './stream-answer.ts'
import { startOf } from './stream-query.ts'
import { StreamSocket } from './stream-socket.ts'

export interface ServeStreamParts extends EventStreamParts {
  readonly tail: Pick<EventTail, 'after' | 'onNews' | 'position' | 'end'>
  readonly authenticate: PermissionParts['authenticate']
  readonly streams: OpenStreams
  readonly log: ErrorLog
}

/** What the two addresses differ in. */
export type Asked = Pick<Subscription, 'types' | 'repoId' | 'endsWithRepository'> & {
  readonly since: string | undefined
}

/**
 * Resolves when the stream is over; for HEAD, as soon as its head is out.
 *
 * @throws AppError `NOT_ACCEPTABLE`, `VALIDATION_ERROR`, `RATE_LIMITED`, `UNAVAILABLE` while nothing was sent
 */
export async function serveStream(
  parts: ServeStreamParts,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: Asked,
): Promise<void> {
  checkAccepts(request.headers.accept)
  const from = await startOf(request, asked.since, parts.tail)
  const party = request.principal.kind === 'internal' ? null : partyOf(request.principal, request.ip)
  if (request.method === 'HEAD') {
    parts.streams.check(party)
    sendStreamHead(reply)
    reply.raw.end()
    return
  }
  const socket = new StreamSocket(reply.raw)
  using _place = parts.streams.admit(party, socket)
  sendStreamHead(reply)
  socket.write(OPENING)
  const authenticate = identifier(parts, request)
  await new EventStream(parts, { ...asked, from, authenticate }, socket).run().catch((err: unknown) => {
    if (!(err instanceof AppError)) parts.log.error({ err, requestId: request.id }, 'a stream failed')
  })
  socket.end()
}

/** The credential is read once: as the same object, a verifier knows it again. */
function identifier(
  { authenticate }: ServeStreamParts,
  { raw, ip }: FastifyRequest,
): Subscription['authenticate'] {
  const credential = readCredential(raw)
  return () => (credential === null ? ANONYMOUS : authenticate(credential, { address: ip }))
}
