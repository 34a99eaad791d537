/** What a new token says when its client asks for nothing in particular. Never more than the presented one allows. */
import { isAllPowerful, may } from '../../kernel/access.ts'
import { wordsOfGrants } from '../../kernel/granting/words-of-grants.ts'
import { UNRESTRICTED, type RepositoryGrant } from '../../kernel/grants.ts'
import type { Words } from './asked-words.ts'
import { mayHandOn, type HandingOnParts } from './may-hand-on.ts'
import type { NamedRepository } from './named-repositories.ts'

/**
 * On named repositories to read, and to write where that is allowed on all of them; what goes beyond
 * must be asked for. For the server: what the presented token says itself and its subject may still
 * do, but for `admin`.
 */
export async function defaultWords(parts: HandingOnParts, named: readonly NamedRepository[]): Promise<Words> {
  if (named.length === 0) return ownWords(parts)
  const writes = named.every(({ found }) => found !== null && may(parts.principal, 'write', found.resource))
  const [read, write] = named.length === 1 ? ['repo:pull', 'repo:push'] : ['repo:read', 'repo:write']
  return { scope: writes ? `${read} ${write}` : read }
}

async function ownWords(parts: HandingOnParts): Promise<Words> {
  const { repositories } = isAllPowerful(parts.principal) ? UNRESTRICTED : parts.principal.grants
  const still: RepositoryGrant[] = []
  for (const grant of repositories) if (await mayHandOn(parts, grant, repositories)) still.push(grant)
  const grants = { admin: false, repositories: still }
  const { scope, authorizationDetails } = wordsOfGrants(grants, parts.surfaceOrg)
  return {
    ...(scope !== '' && { scope }),
    ...(authorizationDetails.length > 0 && { authorization_details: authorizationDetails }),
  }
}
