/** Who an event names as its cause. */
import type { FastifyRequest } from 'fastify'
import { isUuid } from '../kernel/ids.ts'

export interface Actor {
  readonly actorId: string | null
  /** Agent that acts for somebody: `X-Agent-Id` if it is a UUID, else the agent's own account. */
  readonly agentId: string | null
}

export function actorOf(request: FastifyRequest): Actor {
  const { principal } = request
  const header = request.headers['x-agent-id']
  if (typeof header === 'string' && isUuid(header)) {
    return { actorId: principal.accountId, agentId: header.toLowerCase() }
  }
  return { actorId: principal.accountId, agentId: principal.kind === 'agent' ? principal.accountId : null }
}
