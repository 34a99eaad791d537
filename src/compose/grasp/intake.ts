/** The way in for events of nostr, and the end of what waits too long. */
import type { GraspConfig } from '../../config/config.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import { newId } from '../../kernel/uuid.ts'
import type { Hunt } from '../../rooms/grasp/hunt/hunt.ts'
import type { TakeEvent } from '../../rooms/grasp/intake/answer.ts'
import { endPurgatory } from '../../rooms/grasp/intake/end-purgatory.ts'
import { openIntake } from '../../rooms/grasp/intake/take-event.ts'
import type { LiveEvents } from '../../rooms/grasp/relay/live-events.ts'
import type { Service } from '../../rooms/grasp/service.ts'
import type { Settle } from '../../rooms/grasp/settle/settle.ts'
import type { Turns } from '../../rooms/grasp/turns.ts'
import type { Git } from '../git.ts'
import type { SignedStores } from './stores.ts'
import type { Purge } from '../purges.ts'
import type { Records } from '../records.ts'

export interface IntakeWiring {
  readonly stores: SignedStores
  readonly records: Records
  readonly git: Pick<Git, 'storage'>
  readonly live: LiveEvents
  readonly turns: Turns
  readonly service: Service
  readonly settle: Settle
  /** `null`: nothing is fetched from others. */
  readonly hunt: Hunt | null
  readonly pathOf: (id: RepoId) => string
  readonly clock: Clock
}

export interface Intake {
  readonly take: TakeEvent
  /** To be run every minute. */
  readonly purge: Purge
}

/** So long what nobody announces here any more can be read; for 30 days more it can be restored. */
const GRACE_MS = 7 * 24 * 3600_000

export function wireIntake(grasp: GraspConfig, { stores, ...parts }: IntakeWiring): Intake {
  const { records, git } = parts
  const { owners, members, archive, sync } = grasp
  const wired = {
    ...parts,
    ...stores,
    accounts: records.accounts,
    rows: records.repositories,
    storage: git.storage,
    newId,
    rule: grasp.maintainers,
    rules: {
      owners: owners && new Set(owners),
      members: members && new Set(members),
      archive: archive === 'all' || archive === null ? archive : new Set(archive),
    },
    blocked: new Set(grasp.blocked),
    visibility: members === null ? 'public' : 'private',
    takesContributions: grasp.pullRequests && members === null,
    keepsProfiles: sync !== null && sync.outbox,
    purgatoryMs: grasp.purgatoryMs,
    maxPerOwner: grasp.maxPerOwner,
    graceMs: GRACE_MS,
  } as const
  return {
    take: openIntake(wired),
    purge: ['what waits for git data', () => endPurgatory(wired)],
  }
}
