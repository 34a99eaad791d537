/** The key by which an upstream is reached: replaced by another one, or taken away. Where it is registered: deploy-keys.ts. */
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { Actor, EventLog } from '../log/events.ts'
import { lockActive, lockRepository } from '../read-repository.ts'
import { repositoryEvent } from '../repository-events.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { UpstreamRow } from '../schema.ts'
import { SERVER } from './deploy-key-events.ts'
import type { DeployKey } from './deploy-key-rows.ts'
import type { DeployKeys } from './deploy-keys.ts'
import { NO_CREDENTIAL, type Upstream } from './upstream.ts'

export interface UpstreamKeysParts {
  readonly database: Database
  readonly events: EventLog
  readonly deployKeys: Pick<DeployKeys, 'switchTo' | 'giveUpOne' | 'giveUpAll'>
  readonly clock: Clock
}

export interface NewKey {
  readonly deployKeyId: string
  readonly fingerprint: string
  /** Sealed for `credentialOf(repoId)`. */
  readonly sealed: string
}

export class UpstreamKeys {
  readonly #parts: UpstreamKeysParts

  constructor(parts: UpstreamKeysParts) {
    this.#parts = parts
  }

  /**
   * Connections are begun with the new key from now on, and the old one is removed at its forge.
   *
   * @param before the upstream for which it was made
   * @param oldAfterMs for how long connections may still be begun with the old one
   * @throws AppError `REPO_NOT_FOUND`; `CONFLICT`: the upstream, or its key, has changed meanwhile
   */
  async replace(before: Upstream, key: NewKey, oldAfterMs: number, by: Actor): Promise<void> {
    const { database, events, deployKeys } = this.#parts
    const { repoId } = before
    await database.transaction(async (trx) => {
      const repo = await lockActive(database, trx, repoId)
      const row = await rowOf(trx, repoId)
      if (row?.url !== before.url || row.deploy_key_id !== before.deployKeyId) throw changed()
      await this.#write(trx, row, {
        credential_sealed: key.sealed,
        key_fingerprint: key.fingerprint,
        deploy_key_id: key.deployKeyId,
      })
      const inUse = { id: key.deployKeyId, ttlSeconds: row.key_ttl_seconds }
      await deployKeys.switchTo(trx, repoId, inUse, oldAfterMs)
      const fingerprints = { keyFingerprint: key.fingerprint, before: row.key_fingerprint }
      await events.append(trx, [
        repositoryEvent(repo, by, 'upstream.key_rotated', { provider: row.provider, ...fingerprints }),
      ])
    })
  }

  /**
   * No connection is begun with it any more; where it was registered by us, it is removed there.
   *
   * @returns false when there is no upstream
   * @throws AppError `REPO_NOT_FOUND`
   */
  async revoke(repoId: RepoId, by: Actor): Promise<boolean> {
    const { database, deployKeys } = this.#parts
    return await database.transaction(async (trx) => {
      const repo = await lockActive(database, trx, repoId)
      const row = await rowOf(trx, repoId)
      if (row === null) return false
      await deployKeys.giveUpAll(trx, [repoId])
      await this.#takeAway(trx, repo, row, by, 'asked')
      return true
    })
  }

  /** As `revoke`, because the time of this key is over; another one that is used meanwhile stays. */
  async expire(key: Pick<DeployKey, 'id' | 'repoId'>): Promise<void> {
    const { database, deployKeys } = this.#parts
    await database.transaction(async (trx) => {
      const repo = await lockRepository(database, trx, key.repoId)
      await deployKeys.giveUpOne(trx, key)
      const row = await rowOf(trx, key.repoId)
      if (repo === null || row?.deploy_key_id !== key.id) return
      await this.#takeAway(trx, repo, row, SERVER, 'expired')
    })
  }

  async #takeAway(
    trx: Trx,
    repo: NamedRow,
    row: UpstreamRow,
    by: Actor,
    reason: 'asked' | 'expired',
  ): Promise<void> {
    if (row.credential_sealed === NO_CREDENTIAL) return
    await this.#write(trx, row, {
      credential_sealed: NO_CREDENTIAL,
      key_fingerprint: null,
      deploy_key_id: null,
    })
    const data = { keyFingerprint: row.key_fingerprint, reason }
    await this.#parts.events.append(trx, [
      repositoryEvent(repo, by, 'upstream.key_revoked', { provider: row.provider, ...data }),
    ])
  }

  /** Another key may end what has failed. */
  async #write(trx: Trx, row: UpstreamRow, key: Partial<UpstreamRow>): Promise<void> {
    const updated_at = Math.max(this.#parts.clock.now(), row.updated_at + 1)
    await trx
      .updateTable('upstreams')
      .set({ ...key, last_error: null, last_error_at: null, updated_at })
      .where('repo_id', '=', row.repo_id)
      .execute()
  }
}

async function rowOf(trx: Trx, repoId: RepoId): Promise<UpstreamRow | null> {
  const row = await trx.selectFrom('upstreams').selectAll().where('repo_id', '=', repoId).executeTakeFirst()
  return row ?? null
}

function changed(): AppError {
  const reason = 'the upstream, or its key, was changed meanwhile; look, and try again'
  return new AppError('CONFLICT', { details: { reason } })
}
