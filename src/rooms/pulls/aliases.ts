/** Members of a body under the names by which other servers' clients send them. */
import type { FastifyRequest } from 'fastify'

/** A hook in front of validation. The name of ours wins where both are sent. */
export function acceptAliases(names: Readonly<Record<string, string>>) {
  return async (request: FastifyRequest): Promise<void> => {
    const { body } = request
    if (typeof body !== 'object' || body === null) return
    const renamed = Object.entries(body).map(([name, value]) => [names[name] ?? name, value] as const)
    request.body = { ...Object.fromEntries(renamed), ...ownNames(body, names) }
  }
}

function ownNames(body: object, names: Readonly<Record<string, string>>): object {
  const own = new Set(Object.values(names))
  return Object.fromEntries(Object.entries(body).filter(([name]) => own.has(name)))
}
