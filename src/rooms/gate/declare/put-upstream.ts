/** Sets an upstream that was examined: its key first, then all of it in one transaction. */
import type { RepoId } from '../../../kernel/ids.ts'
import type { Repository } from '../../../kernel/repository.ts'
import type { Actor } from '../../../store/log/events.ts'
import type { SecretScans } from '../../../store/scans/secret-scans.ts'
import type { DeployKeys } from '../../../store/upstreams/deploy-keys.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import type { Along, Upstreams } from '../../../store/upstreams/upstreams.ts'
import type { WantedUpstream } from '../../../store/upstreams/wanted-upstream.ts'
import { checkIsEmpty, type CheckIsEmptyParts } from './check-is-empty.ts'
import { makeCredential, type MakeCredentialParts } from './make-credential.ts'
import type { Planned } from './plan-upstream.ts'

export interface PutUpstreamParts extends MakeCredentialParts, CheckIsEmptyParts {
  readonly upstreams: Pick<Upstreams, 'put'>
  readonly scans: Pick<SecretScans, 'set'>
  readonly deployKeys: Pick<DeployKeys, 'switchTo' | 'giveUp'>
  /** For how long connections may still be begun with a key that was replaced. */
  readonly oldAfterMs: number
  /** What is remembered of the upstream is worth nothing any more. */
  readonly onChanged: (repoId: RepoId) => void
}

interface Setting {
  readonly repo: Repository
  readonly known: Upstream | null
  readonly planned: Planned
  readonly by: Actor
}

/** @throws AppError as `makeCredential` and `Upstreams.put`; no key is left at a forge */
export async function putUpstream(
  parts: PutUpstreamParts,
  { repo, known, planned, by }: Setting,
): Promise<Upstream> {
  const wanted = await makeCredential(parts, repo.id, planned.wanted, known)
  try {
    await checkIsEmpty(parts, repo) // a forge may have taken long
    const { upstream } = await parts.upstreams.put(repo.id, wanted, by, along(parts, planned, wanted, by))
    parts.onChanged(repo.id)
    return upstream
  } catch (err) {
    const made = wanted.credential?.deployKeyId ?? null
    if (made !== null) await parts.deployKeys.giveUp({ id: made, repoId: repo.id })
    throw err
  }
}

function along(
  { scans, deployKeys, oldAfterMs }: PutUpstreamParts,
  { scan }: Planned,
  { credential, keyTtlSeconds: ttlSeconds }: WantedUpstream,
  by: Actor,
): Along {
  return async (trx, repo, known) => {
    const id = credential === null ? (known?.deployKeyId ?? null) : credential.deployKeyId
    await deployKeys.switchTo(trx, repo.id as RepoId, id === null ? null : { id, ttlSeconds }, oldAfterMs)
    if (scan !== null) await scans.set(trx, { ...repo, kind: 'gate' }, scan, by)
  }
}
