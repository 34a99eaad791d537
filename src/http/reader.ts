/** Who reads which repository, taken from a request whose permission has been looked at. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Repository } from '../kernel/repository.ts'
import { abortWhenGone } from './client-gone.ts'
import { partyOf } from './rate-limit.ts'

export interface RequestReader {
  readonly repo: Repository
  /** Whose turn it is in the queue of git processes. */
  readonly principal: string
  /** Aborts when the client is gone: git need not go on. */
  readonly signal: AbortSignal
}

/** Call once a request. */
export function readerOf(request: FastifyRequest, reply: FastifyReply): RequestReader {
  const principal = partyOf(request.principal, request.ip)
  return { repo: request.found.repo, principal, signal: abortWhenGone(reply.raw) }
}
