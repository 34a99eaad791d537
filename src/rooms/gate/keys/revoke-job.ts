/**
 * The job of one key: it ends the key when its time is over, and removes it at its forge when it is used no more,
 * however often that has to be tried. One that is forgotten there would stay good for ever.
 */
import type { JobEnd, JobKind } from '../../../kernel/background.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import {
  GATE_KEY_REVOKE,
  provisionerOfKey,
  type DeployKey,
  type DeployKeyJob,
} from '../../../store/upstreams/deploy-key-rows.ts'
import { MAKING_MS, type DeployKeys } from '../../../store/upstreams/deploy-keys.ts'
import type { UpstreamKeys } from '../../../store/upstreams/upstream-keys.ts'
import type { ForgeExchangeParts } from './forge-exchange.ts'
import { ForgeKeys } from './forge-keys.ts'

export interface RevokeJobParts extends ForgeExchangeParts {
  readonly deployKeys: Pick<DeployKeys, 'takeForRemoval' | 'forget' | 'noteFailure'>
  readonly upstreamKeys: Pick<UpstreamKeys, 'expire'>
  readonly seal: Pick<Seal, 'open'>
  /** As of `DeployKeys`. */
  readonly clock: Clock
}

/** Most of the time they wait for a forge. */
const SLOTS = 4
const LONGEST_WAIT_MS = 3600_000
/** The first five within half an hour, then one an hour for a week. */
const MAX_ATTEMPTS = 5 + 7 * 24

export function revokeJob(parts: RevokeJobParts): JobKind<never> {
  const kind: JobKind<DeployKeyJob> = {
    type: GATE_KEY_REVOKE,
    slots: SLOTS,
    maxAttempts: MAX_ATTEMPTS,
    longestWaitMs: LONGEST_WAIT_MS,
    run: ({ deployKeyId }, signal) => look(parts, deployKeyId, signal),
  }
  return kind as JobKind<never>
}

async function look(parts: RevokeJobParts, id: string, signal: AbortSignal): Promise<JobEnd | void> {
  const now = parts.clock.now()
  const key = await parts.deployKeys.takeForRemoval(id)
  if (!key) return
  switch (key.state) {
    case 'making':
      return { again: key.createdAt + MAKING_MS }
    case 'active':
      if (key.expiresAt === null) return
      if (key.expiresAt > now) return { again: key.expiresAt }
      await parts.upstreamKeys.expire(key)
      return await remove(parts, key, signal)
    case 'revoking':
      if (key.expiresAt !== null && key.expiresAt > now) return { again: key.expiresAt }
      return await remove(parts, key, signal)
  }
}

async function remove(parts: RevokeJobParts, key: DeployKey, signal: AbortSignal): Promise<void> {
  try {
    const token = parts.seal.open(key.provisionerSealed, provisionerOfKey(key.id))
    const forge = new ForgeKeys(parts, { ...key, token })
    await forge.remove({ id: key.providerKeyId, title: key.title }, signal)
  } catch (err) {
    signal.throwIfAborted()
    if (err instanceof AppError) await parts.deployKeys.noteFailure(key, reasonIn(err))
    throw err
  }
  await parts.deployKeys.forget(key)
}

function reasonIn({ details, message }: AppError): string {
  return (details as { readonly reason?: string } | null)?.reason ?? message
}
