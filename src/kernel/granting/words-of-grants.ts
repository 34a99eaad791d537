/** The way back from grants to words, for those who show what a token may do. Reads no words: see grants-of-claims.ts. */
import type { GrantAction, Grants, GrantTarget, RepositoryGrant } from '../grants.ts'

/** One entry of `authorization_details`, as authorization-details.ts reads it. @see RFC 9396, section 2 */
export interface RepositoryDetail {
  readonly type: 'git_repository'
  /** `<org>/<name>` or id. */
  readonly identifier: string
  readonly actions: readonly GrantAction[]
  readonly refs?: readonly string[]
  readonly refRules?: RepositoryGrant['refRules']
  readonly paths?: readonly string[]
  readonly maxPackBytes?: number
  /** Seconds. */
  readonly expiresRepo?: number
}

export interface GrantWords {
  /** Words parted by spaces, maybe none. */
  readonly scope: string
  readonly authorizationDetails: readonly RepositoryDetail[]
}

/**
 * Words that grant the same, without an audience to name a repository. Only of these grants: what the
 * token allowed that they are within is another layer, see `layersOf`.
 *
 * @param surfaceOrg slug of the organisation whose repositories are served under `/git/<name>`
 */
export function wordsOfGrants({ admin, repositories }: Grants, surfaceOrg: string): GrantWords {
  const words = new Set(admin ? ['admin'] : [])
  const details: RepositoryDetail[] = []
  for (const grant of repositories) {
    const scopes = scopesOf(grant)
    if (scopes === null) details.push(...detailOf(grant, surfaceOrg))
    else for (const word of scopes) words.add(word)
  }
  return { scope: [...words].join(' '), authorizationDetails: details }
}

/** `null`: no scope says it. */
function scopesOf({ target, actions, ...limits }: RepositoryGrant): readonly string[] | null {
  if (Object.keys(limits).length > 0) return null
  switch (target.kind) {
    case 'all':
      return actions.map((action) => `repo:${action}`)
    case 'path':
      return actions.map((action) => `repo:${target.path}:${action}`)
    case 'surface':
      return surfaceScopes(target.name, actions)
    case 'id':
      return null
  }
}

/** `surface:<name>:write` also lets its first push make it. */
function surfaceScopes(name: string, actions: readonly GrantAction[]): readonly string[] | null {
  const asked = [...new Set(actions)].sort().join()
  if (asked === 'read') return [`surface:${name}:read`]
  return asked === 'create,write' ? [`surface:${name}:write`] : null
}

/** A detail names one repository: limits on all of them, which no words can ask for, are not shown as more than they are. */
function detailOf(grant: RepositoryGrant, surfaceOrg: string): readonly RepositoryDetail[] {
  const { target, expiresRepoSeconds, ...rest } = grant
  const identifier = identifierOf(target, surfaceOrg)
  if (identifier === null) return []
  const expires = expiresRepoSeconds === undefined ? {} : { expiresRepo: expiresRepoSeconds }
  return [{ type: 'git_repository', identifier, ...rest, ...expires }]
}

function identifierOf(target: GrantTarget, surfaceOrg: string): string | null {
  switch (target.kind) {
    case 'all':
      return null
    case 'id':
      return target.id
    case 'path':
      return target.path
    case 'surface':
      return `${surfaceOrg}/${target.name}`
  }
}
