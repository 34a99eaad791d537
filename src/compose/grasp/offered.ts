/** Which addresses of signed repositories this server answers at, and to whom these repositories are shown. */
import type { Config } from '../../config/config.ts'
import type { FindRepository } from '../../kernel/directory.ts'
import type { RepositoryAddress } from '../../kernel/repository.ts'
import { otherwiseVisible } from '../../store/nostr/grasp-visibility.ts'
import type { Records } from '../records.ts'

/** What is off is not there, also where it was on before. */
export function findOffered({ grasp }: Config, find: FindRepository): FindRepository {
  const isOffered = (address: RepositoryAddress) =>
    address.kind !== 'nostr' || (grasp !== null && (address.form === 'announced' || grasp.pullRequests))
  return async (address, principal) => (isOffered(address) ? await find(address, principal) : null)
}

/** A service that has become private, or public again, hides or shows what it has hosted so far. */
export async function showToItsUsers({ grasp }: Config, records: Records): Promise<void> {
  if (grasp === null) return
  const visibility = grasp.members === null ? 'public' : 'private'
  for (const id of await otherwiseVisible(records.database, visibility))
    await records.repositories.update(id, { visibility }, { actorId: null, agentId: null })
}
