/** Who an event names as its cause. */
import type { FastifyRequest } from 'fastify'
import { isUuid } from '../kernel/ids.ts'
import { subjectOf } from '../kernel/principal.ts'

export interface Actor {
  /** Account whose standing counted. */
  readonly actorId: string | null
  /** Agent that acts for somebody: `X-Agent-Id` if it is a UUID, else the agent's own account. */
  readonly agentId: string | null
}

export function actorOf({ principal, headers }: Pick<FastifyRequest, 'principal' | 'headers'>): Actor {
  const named = headers['x-agent-id']
  const agent = principal.kind === 'agent' ? principal.accountId : null
  const agentId = typeof named === 'string' && isUuid(named) ? named.toLowerCase() : agent
  return { actorId: subjectOf(principal), agentId }
}
