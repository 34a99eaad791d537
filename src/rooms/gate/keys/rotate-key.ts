/** Puts a new deploy key in the place of the one that is used: registered, proven, switched to; then the old one goes. */
import type { UpstreamRemote } from '../../../git/outbound/upstream-remote.ts'
import { AppError } from '../../../kernel/errors.ts'
import { parseUpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'
import type { Actor } from '../../../store/log/events.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import type { DeployKeys } from '../../../store/upstreams/deploy-keys.ts'
import type { UpstreamKeys } from '../../../store/upstreams/upstream-keys.ts'
import { credentialOf, provisionerOf } from '../../../store/upstreams/upstream-rows.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import { makeDeployKey, type DeployKeyOrder, type MakeDeployKeyParts } from './make-deploy-key.ts'

export interface RotateKeyParts extends MakeDeployKeyParts {
  readonly deployKeys: MakeDeployKeyParts['deployKeys'] & Pick<DeployKeys, 'giveUp'>
  readonly upstreamKeys: Pick<UpstreamKeys, 'replace'>
  readonly seal: Pick<Seal, 'seal' | 'open'>
  readonly openRemote: (upstream: Upstream) => Promise<UpstreamRemote>
  /** Asks the upstream for something that needs the key. @throws AppError `UPSTREAM_UNAVAILABLE` */
  readonly tryRemote: (remote: UpstreamRemote, signal: AbortSignal) => Promise<unknown>
  /** Between attempts to use a key that a forge may not know everywhere yet. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>
  /** For how long connections may still be begun with the old key. */
  readonly oldAfterMs: number
}

/** A forge of several machines may need a moment. */
const PAUSES_MS = [500, 2_000]

/**
 * @returns fingerprint of the new key
 * @throws AppError `UNPROCESSABLE`: the key was given, not made; otherwise as `makeDeployKey`.
 *   `UPSTREAM_UNAVAILABLE`: the
 *   upstream does not take the new key. `CONFLICT`. Nothing has changed then.
 */
export async function rotateKey(
  parts: RotateKeyParts,
  upstream: Upstream,
  by: Actor,
  signal: AbortSignal,
): Promise<string> {
  const made = await makeDeployKey(parts, orderOf(parts, upstream))
  const { repoId } = upstream
  const sealed = parts.seal.seal(made.privateKey, credentialOf(repoId))
  try {
    await prove(parts, await parts.openRemote({ ...upstream, credentialSealed: sealed }), signal)
    const key = { deployKeyId: made.id, fingerprint: made.fingerprint, sealed }
    await parts.upstreamKeys.replace(upstream, key, parts.oldAfterMs, by)
  } catch (err) {
    await parts.deployKeys.giveUp({ id: made.id, repoId })
    throw err
  }
  return made.fingerprint
}

function orderOf({ seal }: RotateKeyParts, upstream: Upstream): DeployKeyOrder {
  const { repoId, provider, apiUrl, ca, provisionerSealed } = upstream
  if (provider === 'static' || provider === 'token') throw given()
  return {
    repoId,
    provider,
    upstreamUrl: parseUpstreamUrl(upstream.url),
    apiUrl,
    ca,
    provisionerToken: provisionerSealed === null ? '' : seal.open(provisionerSealed, provisionerOf(repoId)),
  }
}

async function prove(parts: RotateKeyParts, remote: UpstreamRemote, signal: AbortSignal): Promise<void> {
  for (const pauseMs of PAUSES_MS) {
    const isTaken = await parts.tryRemote(remote, signal).then(
      () => true,
      () => false,
    )
    if (isTaken) return
    await parts.pause(pauseMs, signal)
  }
  await parts.tryRemote(remote, signal)
}

function given(): AppError {
  const reason = 'this key was given and not made here: set the upstream with the new one in its place'
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
