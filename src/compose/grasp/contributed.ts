/** Tips of pull requests for repositories that are hosted elsewhere, at `/prs/<npub>/<identifier>.git`. @see GRASP-06 */
import type { GraspConfig } from '../../config/config.ts'
import type { RepositoryAccess } from '../../http/route-config.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { RefUpdatePolicy } from '../../kernel/policy.ts'
import type { Clock } from '../../kernel/ports.ts'
import { newId } from '../../kernel/uuid.ts'
import { contributedTips } from '../../rooms/grasp/contributed/contributed-policy.ts'
import { emptyRepository } from '../../rooms/grasp/contributed/empty-repository.ts'
import {
  removeAllEmpty,
  removeEmpty,
  type RemoveEmptyParts,
} from '../../rooms/grasp/contributed/remove-empty.ts'
import type { Turns } from '../../rooms/grasp/turns.ts'
import { ContributedRepositories } from '../../store/nostr/contributed-repositories.ts'
import type { SignedStores } from './stores.ts'
import type { Git } from '../git.ts'
import type { Records } from '../records.ts'

export interface ContributedPolicyInput {
  readonly stores: Pick<SignedStores, 'events' | 'repositories'>
  readonly records: Records
  readonly storage: Git['storage']
  readonly clock: Clock
}

/** Behind the policy of signed states, so that nobody whom that refuses has made a repository. */
export function contributedPolicy({
  stores,
  records,
  storage,
  clock,
}: ContributedPolicyInput): RefUpdatePolicy {
  const { database, events, accounts } = records
  const contributed = new ContributedRepositories({ database, events, clock, newId })
  return contributedTips({ ...stores, accounts, contributed, storage })
}

export interface ContributedParts {
  readonly stores: SignedStores
  readonly records: Records
  readonly git: Git
  readonly turns: Turns
  readonly pathOf: (id: RepoId) => string
  readonly clock: Clock
}

export interface Contributed {
  readonly whenMissing: NonNullable<RepositoryAccess['whenMissing']>
  /** After tips of this identifier may have gone; not within its turn. */
  readonly tidy: (identifier: string) => Promise<void>
}

/** Removes what a crash has left empty. */
export async function openContributed(grasp: GraspConfig, parts: ContributedParts): Promise<Contributed> {
  const { stores, records, git, turns, pathOf, clock } = parts
  const empty = {
    pathOf,
    newId,
    clock,
    organisation: (slug: string) => records.organisations.find(slug),
    blocked: new Set(grasp.blocked),
    visibility: grasp.members === null ? 'public' : 'private',
  } as const
  const removing: RemoveEmptyParts = {
    ...stores,
    rows: records.repositories,
    storage: git.storage,
    hasRefs: async (repo) => {
      const refs = (await git.snapshots.get(repo)).list({ prefixes: ['refs/'], hidden: [] })
      return [...refs].length > 0
    },
  }
  await removeAllEmpty(removing)
  return {
    whenMissing: async (address) => (grasp.pullRequests ? await emptyRepository(empty, address) : null),
    tidy: (identifier) => turns.run(identifier, () => removeEmpty(removing, identifier)),
  }
}
