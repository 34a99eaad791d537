/** What the door asks about repositories whose maintainers sign what they hold. */
import type { Config } from '../../config/config.ts'
import type { RefUpdatePolicy } from '../../kernel/policy.ts'
import type { Clock } from '../../kernel/ports.ts'
import { newId } from '../../kernel/uuid.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { nobodyPushes } from '../../rooms/grasp/push/nobody-pushes.ts'
import { signedState } from '../../rooms/grasp/push/signed-state-policy.ts'
import { GraspLists } from '../../store/nostr/grasp-lists.ts'
import { GraspRepositories } from '../../store/nostr/grasp-repositories.ts'
import { GraspTips } from '../../store/nostr/grasp-tips.ts'
import { NostrEvents } from '../../store/nostr/nostr-events.ts'
import type { Git } from '../git.ts'
import { contributedPolicy } from './contributed.ts'
import type { SignedStores } from './stores.ts'
import type { Records } from '../records.ts'

export interface SignedPartsInput {
  readonly records: Records
  readonly pathOf: (id: RepoId) => string
  /** Of this server, as others reach it. */
  readonly baseUrl: string
  /** Where the first push of a contributed tip makes its repository. */
  readonly storage: Git['storage']
  readonly clock: Clock
}

/** What the door needs, before there is one. */
export interface SignedParts {
  readonly policies: readonly RefUpdatePolicy[]
  readonly stores: SignedStores
}

/** Without GRASP there are no such repositories, unless it was on before. */
export function openSigned(
  { grasp }: Config,
  { records, pathOf, baseUrl, storage, clock }: SignedPartsInput,
): SignedParts {
  const { database, events } = records
  const stores = {
    events: new NostrEvents({ database, clock }),
    repositories: new GraspRepositories({ database, events, clock, newId, pathOf }),
    tips: new GraspTips({ database, clock }),
    lists: new GraspLists({ database }),
  }
  if (grasp === null) return { policies: [nobodyPushes()], stores }
  const policy = signedState({
    ...stores,
    rule: grasp.maintainers,
    relayUrl: baseUrl.replace(/^http/, 'ws'),
    maxTipBytes: grasp.maxTipBytes,
    tipWaitMs: grasp.purgatoryMs,
    clock,
  })
  const contributed = grasp.pullRequests ? [contributedPolicy({ stores, records, storage, clock })] : []
  return { policies: [policy, ...contributed], stores }
}
