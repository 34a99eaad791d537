/** The job that pushes to mirrors: of what an owner has set, or of the integration of an organisation. */
import type { JobEnd, JobKind } from '../../kernel/background.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Repository } from '../../kernel/repository.ts'
import { MIRROR_PUSH, sealedFor, type Mirror, type MirrorJob } from '../../store/mirrors/mirror-rows.ts'
import type { Mirrors } from '../../store/mirrors/mirrors.ts'
import type { Seal } from '../../store/secrets/seal.ts'
import { readCredential, type RemoteCredential } from './credential.ts'
import type { MirrorOfIntegration } from './integrations.ts'
import { pushMirror, type PushMirrorParts } from './push-mirror.ts'
import { Turns } from './turns.ts'

export interface PushJobParts extends PushMirrorParts {
  readonly mirrors: Pick<Mirrors, 'byId'>
  readonly seal: Pick<Seal, 'open'>
  readonly repositoryById: (id: RepoId) => Promise<Repository | null>
  /** `null`: nothing is to be pushed. */
  readonly integration: (repo: Repository) => Promise<MirrorOfIntegration | null>
}

/** Apart from the places of git for users. Most of the time they wait for somebody else; see Turns. */
const SLOTS = 12
const LONGEST_WAIT_MS = 3600_000
/** The first five within half an hour, then one an hour for three days. */
const MAX_ATTEMPTS = 5 + 72

export function pushJob(parts: PushJobParts): JobKind<MirrorJob> {
  const turns = new Turns()
  return {
    type: MIRROR_PUSH,
    slots: SLOTS,
    maxAttempts: MAX_ATTEMPTS,
    longestWaitMs: LONGEST_WAIT_MS,
    run: (job, signal) =>
      'mirrorId' in job
        ? runOwn(parts, turns, job.mirrorId, signal)
        : runIntegration(parts, turns, job, signal),
  }
}

async function runOwn(
  parts: PushJobParts,
  turns: Turns,
  mirrorId: string,
  signal: AbortSignal,
): Promise<JobEnd | void> {
  const mirror = await parts.mirrors.byId(mirrorId)
  if (!mirror || mirror.refusedReason !== null || mirror.credentialSealed === null) return
  const repo = await activeRepository(parts, mirror.repoId)
  if (!repo) return
  const turn = turns.take(repo.orgId, parts.clock.now())
  if ('again' in turn) return turn
  using _turn = turn
  const credential = openCredential(parts, mirror, mirror.credentialSealed)
  return await pushMirror(parts, { mirror, repo, credential }, signal)
}

async function runIntegration(
  parts: PushJobParts,
  turns: Turns,
  { integrationOf }: { readonly integrationOf: RepoId },
  signal: AbortSignal,
): Promise<JobEnd | void> {
  const repo = await activeRepository(parts, integrationOf)
  if (!repo) return
  const turn = turns.take(repo.orgId, parts.clock.now())
  if ('again' in turn) return turn
  using _turn = turn
  const found = await parts.integration(repo)
  if (!found || found.mirror.refusedReason !== null) return
  return await pushMirror(parts, { ...found, repo }, signal)
}

/** A deleted one is pushed nowhere until it is restored. One that is archived keeps what it had to push. */
async function activeRepository(parts: PushJobParts, id: RepoId): Promise<Repository | null> {
  const repo = await parts.repositoryById(id)
  return repo?.state === 'active' ? repo : null
}

function openCredential({ seal }: PushJobParts, mirror: Mirror, sealed: string): RemoteCredential {
  return readCredential(seal.open(sealed, sealedFor(mirror)))
}
