/**
 * What `audience` and `resource` of a request name: this server, or repositories of it.
 *
 * @see RFC 8707, section 2; RFC 8693, section 2.1
 */
import type { FoundRepository } from '../../kernel/directory.ts'
import { AppError } from '../../kernel/errors.ts'
import { isOurs, repositoryOfAudience } from '../../kernel/granting/audience.ts'
import type { LookUp, RepositoryTarget } from './visible-repositories.ts'

export interface NamedRepository {
  /** As it will stand in `aud`. */
  readonly audience: string
  readonly target: RepositoryTarget
  /** `null`: there is none that who asks may see. */
  readonly found: FoundRepository | null
}

const MAX_NAMED = 20

/**
 * @param bases public origins of this server, the preferred one first
 * @returns nothing when the server itself is named, or nothing at all
 * @throws AppError `OAUTH_INVALID_TARGET` for what is not ours; an absent repository is no fault yet
 */
export async function namedRepositories(
  audiences: readonly string[],
  bases: readonly string[],
  lookUp: LookUp,
): Promise<readonly NamedRepository[]> {
  if (audiences.length > MAX_NAMED) throw invalidTarget('too many audiences')
  const named: NamedRepository[] = []
  for (const audience of new Set(audiences)) {
    const target = targetOf(audience, bases)
    if (target === 'server') continue
    const found = await lookUp(target)
    named.push(found?.movedTo === undefined ? { audience, target, found } : byId(found, bases))
  }
  return named
}

/** @param reason only what can be told from the request alone */
export function invalidTarget(reason?: string): AppError {
  return new AppError('OAUTH_INVALID_TARGET', reason === undefined ? {} : { details: { reason } })
}

function targetOf(audience: string, bases: readonly string[]): RepositoryTarget | 'server' {
  const target = repositoryOfAudience(audience, bases)
  if (target !== null && target.kind !== 'all') return target
  if (bases.some((base) => audience.replace(/\/$/, '') === base)) return 'server'
  throw invalidTarget(
    isOurs(audience, bases) ? 'the address is no repository' : 'the address is not of this server',
  )
}

/** An old name leads to the repository once more, but no grant on it would. */
function byId(found: FoundRepository, [base = '']: readonly string[]): NamedRepository {
  const { id } = found.repo
  return { audience: `${base}/by-id/${id}`, target: { kind: 'id', id }, found }
}
