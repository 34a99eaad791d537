/** What the audit is told of somebody who was refused. Never a word of the credential that he presented. */
import type { RefusalCode } from './errors.ts'
import type { RefName } from './ids.ts'
import type { Repository } from './repository.ts'

export interface DeniedRef {
  /** `null`: all of the push. */
  readonly ref: RefName | null
  readonly code: RefusalCode
  readonly reason: string
}

export interface Denial {
  /** `access.denied`: a write that permission has refused. `login.failed`: a credential that is not valid. */
  readonly type: 'push.denied' | 'access.denied' | 'login.failed'
  /** Account, or network where nobody is signed in: what it does over and over is told once a minute. */
  readonly party: string
  readonly repo: Pick<Repository, 'id' | 'orgId' | 'projectId'> | null
  readonly actorId: string | null
  readonly agentId: string | null
  /** Fixed words, the pattern of a route, and the address that it came from. */
  readonly data: Readonly<Record<string, string | null>>
  /** Of a push. */
  readonly refs?: readonly DeniedRef[]
}

/** Takes a moment: it is written down later. */
export type NoteDenial = (denial: Denial) => void
