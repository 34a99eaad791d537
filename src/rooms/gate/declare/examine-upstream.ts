/** Finds out what setting an upstream would do, and whether it may be: changes nothing, here or elsewhere. */
import type { OutboundGuard } from '../../../http/outbound/outbound-guard.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { Repository } from '../../../kernel/repository.ts'
import type { Declaration } from '../../../kernel/upstream/declaration.ts'
import { parseUpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'
import type { ScanSettings } from '../../../store/scans/scan-settings.ts'
import type { SecretScans } from '../../../store/scans/secret-scans.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import type { Upstreams } from '../../../store/upstreams/upstreams.ts'
import { addressOf } from '../open-remote.ts'
import { checkIsEmpty, type CheckIsEmptyParts } from './check-is-empty.ts'
import { scanOf } from './declared-scan.ts'
import { planUpstream, type Plan, type Planned } from './plan-upstream.ts'
import { withSecret } from './read-secret-file.ts'
import { wantedOf } from './wanted.ts'

export interface ExamineUpstreamParts extends CheckIsEmptyParts {
  readonly upstreams: Pick<Upstreams, 'of'>
  readonly scans: Pick<SecretScans, 'of'>
  /** @throws AppError `UNPROCESSABLE`: there is no such set of rules */
  readonly checkScan: (settings: ScanSettings) => void
  readonly seal: Pick<Seal, 'open'>
  readonly guard: Pick<OutboundGuard, 'check'>
}

export interface Examined {
  readonly known: Upstream | null
  readonly plan: Plan
  readonly planned: Planned
}

/**
 * @throws AppError `UNPROCESSABLE`, `OUTBOUND_REFUSED`; `CONFLICT`: the repository holds refs of its own
 */
export async function examineUpstream(
  parts: ExamineUpstreamParts,
  repo: Repository,
  body: Declaration,
  principal: Principal,
): Promise<Examined> {
  const declared = body.key ? { ...body, key: await withSecret(body.key, principal) } : body
  await checkAddress(parts.guard, declared.url)
  await checkIsEmpty(parts, repo)
  const known = await parts.upstreams.of(repo.id)
  const scan = declared.scan ? scanOf(declared.scan) : null
  if (scan) parts.checkScan(scan)
  const planned = { wanted: wantedOf(declared, known), scan }
  const knownScan = await parts.scans.of({ id: repo.id, kind: 'gate' })
  return { known, planned, plan: planUpstream(parts.seal, known, knownScan, planned) }
}

/** A name that cannot be resolved now may be known later: the status will tell. */
async function checkAddress(guard: ExamineUpstreamParts['guard'], url: string): Promise<void> {
  await addressOf(guard, parseUpstreamUrl(url)).catch((err: unknown) => {
    if (!(err instanceof AppError) || err.code !== 'UPSTREAM_UNAVAILABLE') throw err
  })
}
