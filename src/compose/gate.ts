/** Gates: their upstreams and how these are reached. */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { openPrivateFiles, type PrivateFiles } from '../git/outbound/private-files.ts'
import { openUpstreamGit, type UpstreamGit } from '../git/outbound/upstream-git.ts'
import { OutboundGuard } from '../http/outbound/outbound-guard.ts'
import type { UpstreamRemote } from '../git/outbound/upstream-remote.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { RefUpdatePolicy } from '../kernel/policy.ts'
import type { Clock } from '../kernel/ports.ts'
import { forward } from '../rooms/gate/forward/forward.ts'
import { openRemote } from '../rooms/gate/open-remote.ts'
import type { Seal } from '../store/secrets/seal.ts'
import { Upstreams } from '../store/upstreams/upstreams.ts'
import type { Upstream } from '../store/upstreams/upstream.ts'
import type { Git } from './git.ts'
import type { Records } from './records.ts'
import { openSeal } from './seal.ts'

export interface GateParts {
  readonly records: Records
  readonly git: Git
  readonly clock: Clock
}

export interface Gate {
  readonly upstreams: Upstreams
  /** Of upstreams' keys and of tokens that make them. */
  readonly seal: Seal
  readonly guard: OutboundGuard
  /** @throws AppError `UPSTREAM_UNAVAILABLE`, `OUTBOUND_REFUSED` */
  readonly openRemote: (upstream: Upstream) => Promise<UpstreamRemote>
  /** Secrets that a git needs right now. Dispose after the last of them. */
  readonly files: PrivateFiles
  /** Dispose after the last refresh and push, before the launcher. */
  readonly git: UpstreamGit
}

/** Below the data directory; holds secrets only while a git needs them. */
const UPSTREAM_SECRETS = 'upstream-secrets'
const EVERY_ADDRESS = ['0.0.0.0/0', '::/0']

/** Before the policies: a push to a gate asks for its upstream. */
export async function openUpstreams(config: Config, { records, git, clock }: GateParts): Promise<Gate> {
  const { database, events } = records
  const seal = await openSeal(config, 'upstreams')
  const guard = new OutboundGuard({ allow: config.gate.allowPrivate ? EVERY_ADDRESS : [] })
  const files = await openPrivateFiles(join(config.dataDir, UPSTREAM_SECRETS))
  return {
    upstreams: new Upstreams({ database, events, clock }),
    seal,
    guard,
    openRemote: (upstream) => openRemote({ guard, seal }, upstream),
    files,
    git: await openUpstreamGit({
      launcher: git.launcher,
      files,
      clock,
      memoryBytes: config.git.memoryBytes,
      maxPackBytes: config.push.maxPackBytes,
      ...config.gate,
    }),
  }
}

/** The last veto of pushes to gates; see compose/door.ts for the time that it has. */
export function forwarding(
  config: Config,
  { gate, clock, log }: { gate: Gate; clock: Clock; log: ErrorLog },
): RefUpdatePolicy {
  return forward({
    ...gate,
    clock,
    deadlineMs: config.push.preparedDeadlineMs,
    onFailed: (err) => log.error({ err }, 'forwarding to an upstream'),
  })
}
