/** What the words of a token's `scope` grant. @see RFC 6749, section 3.3 */
import type { GrantAction, Grants, GrantTarget, RepositoryGrant } from '../grants.ts'

/** `repo:read`, `repo:create`: on all that the subject may reach. */
const EVERYWHERE = /^repo:(read|write|admin|create)$/
/** `repo:<org>/<name>:write`: on one repository. */
const ONE = /^repo:([\w.-]+\/[\w.-]+):(read|write|admin|create)$/
/** `surface:<name>:read`: on one repository served under `/git/<name>`. */
const SURFACE = /^surface:([\w.-]+):(read|write)$/
/** `repo:pull`: on the one repository that the audience names. */
const BY_AUDIENCE = /^repo:(pull|push)$/

const ACTION_OF = { pull: 'read', push: 'write' } as const

/**
 * Is the word ours, understood or not? A misspelt one narrows a token to nothing; if it counted as
 * foreign, it would leave the token unrestricted.
 */
export function isOurScope(word: string): boolean {
  return word === 'admin' || word.startsWith('repo:') || word.startsWith('surface:')
}

/**
 * What the words grant together; unknown ones grant nothing. Names are lower case, as in addresses.
 *
 * @param named repositories that the token's audiences name. If any are named, then words that speak
 *   of "all" mean these; `repo:pull` and `repo:push` need exactly one
 */
export function grantsOfScopes(words: readonly string[], named: readonly GrantTarget[]): Grants {
  return {
    admin: words.includes('admin'),
    repositories: words.flatMap((word) => grantsOfScope(word, named)),
  }
}

function grantsOfScope(word: string, named: readonly GrantTarget[]): RepositoryGrant[] {
  const everywhere = EVERYWHERE.exec(word)?.[1]
  if (everywhere) return reach(named).map((target) => ({ target, actions: [everywhere as GrantAction] }))
  const [, path, verb] = ONE.exec(word) ?? []
  if (path && verb)
    return [{ target: { kind: 'path', path: path.toLowerCase() }, actions: [verb as GrantAction] }]
  const [, name, access] = SURFACE.exec(word) ?? []
  if (name)
    return [{ target: { kind: 'surface', name: name.toLowerCase() }, actions: surfaceActions(access) }]
  const direction = BY_AUDIENCE.exec(word)?.[1] as keyof typeof ACTION_OF | undefined
  const [only] = named
  if (direction && only && named.length === 1) return [{ target: only, actions: [ACTION_OF[direction]] }]
  return []
}

function reach(named: readonly GrantTarget[]): readonly GrantTarget[] {
  return named.length === 0 ? [{ kind: 'all' }] : named
}

/** A surface is made by its first push, so whoever may write to it may make it. */
function surfaceActions(access: string | undefined): readonly GrantAction[] {
  return access === 'write' ? ['write', 'create'] : ['read']
}
