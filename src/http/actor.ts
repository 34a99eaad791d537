/** Who an event names as its cause. */
import type { FastifyRequest } from 'fastify'
import { isUuid } from '../kernel/ids.ts'
import { subjectOf } from '../kernel/principal.ts'

export interface Actor {
  /** Account whose standing counted. */
  readonly actorId: string | null
  /**
   * An agent's own account, whatever it says of itself; of everybody else the `X-Agent-Id` that he
   * names, if it is a UUID.
   */
  readonly agentId: string | null
}

export function actorOf({ principal, headers }: Pick<FastifyRequest, 'principal' | 'headers'>): Actor {
  const agentId = principal.kind === 'agent' ? principal.accountId : agentNamed(headers['x-agent-id'])
  return { actorId: subjectOf(principal), agentId }
}

function agentNamed(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && isUuid(header) ? header.toLowerCase() : null
}
