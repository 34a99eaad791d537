/** The job that refreshes a gate whose push was cut off: it converges on its upstream without waiting for a reader. */
import type { JobKind } from '../../../kernel/background.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { Repository } from '../../../kernel/repository.ts'
import type { NewJob } from '../../../store/jobs/jobs.ts'
import type { Refresher } from './refresher.ts'

const GATE_REFRESH = 'gate_refresh'

export interface GateRefresh {
  readonly repoId: RepoId
}

export interface RefreshJobParts {
  readonly refresher: Pick<Refresher, 'now'>
  /** In any state; `null`: there is none. */
  readonly repositoryById: (id: RepoId) => Promise<Repository | null>
}

const SLOTS = 4
const MAX_ATTEMPTS = 20
const LONGEST_WAIT_MS = 3600_000

export function refreshJob({ refresher, repositoryById }: RefreshJobParts): JobKind<GateRefresh> {
  return {
    type: GATE_REFRESH,
    slots: SLOTS,
    maxAttempts: MAX_ATTEMPTS,
    longestWaitMs: LONGEST_WAIT_MS,
    run: async ({ repoId }) => {
      const repo = await repositoryById(repoId)
      if (repo?.kind === 'gate' && repo.state === 'active') await refresher.now(repo)
    },
  }
}

export function gateRefresh(repoId: RepoId): NewJob {
  return { type: GATE_REFRESH, key: repoId, repoId, payload: { repoId } satisfies GateRefresh }
}
