/** Turns the path parameters of a route into the name of a repository. Looks nothing up. */
import type { FastifyRequest } from 'fastify'
import type { RepositoryAddress } from '../kernel/repository.ts'

/** `:org` and `:repo`, the latter with or without `.git`. Slugs and UUIDs are lower case. */
export function addressByPath(request: FastifyRequest): RepositoryAddress {
  const { org = '', repo = '' } = request.params as { org?: string; repo?: string }
  return { kind: 'path', org: org.toLowerCase(), slug: withoutGit(repo) }
}

/** `:id`, with or without `.git`; what cannot be an id names no repository. */
export function addressById(request: FastifyRequest): RepositoryAddress {
  const { id = '' } = request.params as { id?: string }
  return { kind: 'id', id: withoutGit(id) }
}

function withoutGit(name: string): string {
  return name.toLowerCase().replace(/\.git$/, '')
}
