/** Who writes to which repository, taken from a request whose permission has been looked at. */
import type { FastifyRequest } from 'fastify'
import type { Writer } from '../kernel/api-push.ts'
import { actorOf } from './actor.ts'

export function writerOf(request: FastifyRequest): Writer {
  const { repo, resource } = request.found
  return {
    repo,
    resource,
    principal: request.principal,
    agentId: actorOf(request).agentId,
    address: request.ip,
  }
}
