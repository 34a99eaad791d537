/**
 * Keys that were registered at a forge. A row is there before the key is, and stays until it is known that the
 * key is registered no more; the job `gate_key_revoke` of each row sees to that, whatever dies meanwhile.
 */
import { sql, type Kysely } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { EventLog } from '../log/events.ts'
import type { Schema } from '../schema.ts'
import { deployKeyEvent } from './deploy-key-events.ts'
import { GATE_KEY_REVOKE, toDeployKey, type DeployKey, type DeployKeyJob } from './deploy-key-rows.ts'

export interface DeployKeysParts {
  readonly database: Database
  readonly events: EventLog
  readonly jobs: Pick<Jobs, 'enqueue'>
  /** The same for all servers of the database. */
  readonly clock: Clock
}

export type NewDeployKey = Pick<
  DeployKey,
  | 'id'
  | 'repoId'
  | 'provider'
  | 'apiUrl'
  | 'ca'
  | 'remotePath'
  | 'title'
  | 'fingerprint'
  | 'provisionerSealed'
>

export interface KeyInUse {
  readonly id: string
  /** From now on; `null`: it does not end by itself. */
  readonly ttlSeconds: number | null
}

/** Whoever makes a key and is not heard of for this long has died: it is removed. */
export const MAKING_MS = 5 * 60_000

export class DeployKeys {
  readonly #parts: DeployKeysParts

  constructor(parts: DeployKeysParts) {
    this.#parts = parts
  }

  /** Before the forge is told of it. It is removed again unless `switchTo` comes in time. */
  async begin(key: NewDeployKey): Promise<void> {
    const { database, clock } = this.#parts
    const now = clock.now()
    await database.transaction(async (trx) => {
      await trx
        .insertInto('deploy_keys')
        .values({
          id: key.id,
          repo_id: key.repoId,
          provider: key.provider,
          api_url: key.apiUrl,
          ca: key.ca,
          remote_path: key.remotePath,
          title: key.title,
          provider_key_id: null,
          fingerprint: key.fingerprint,
          provisioner_sealed: key.provisionerSealed,
          state: 'making',
          expires_at: null,
          last_error: null,
          created_at: now,
          updated_at: now,
        })
        .execute()
      await this.#enqueue(trx, key, now + MAKING_MS)
    })
  }

  /** The forge has it, under this id. */
  async noteRegistered(id: string, providerKeyId: string): Promise<void> {
    await this.#update(id, { provider_key_id: providerKeyId })
  }

  async byId(id: string): Promise<DeployKey | null> {
    const row = await selectKey(this.#parts.database.kysely, id)
    return row ? toDeployKey(row) : null
  }

  /** Those that may be registered, oldest first. */
  async ofRepository(repoId: RepoId): Promise<readonly DeployKey[]> {
    const rows = await this.#parts.database.kysely
      .selectFrom('deploy_keys')
      .selectAll()
      .where('repo_id', '=', repoId)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(toDeployKey)
  }

  /**
   * In the transaction that writes or removes the upstream: this key is the one that is used, and every other one
   * of the repository is removed at its forge.
   *
   * @param key one that is being made, or the one that is used already; `null`: none
   * @param othersAfterMs for how long connections may still be begun with the others
   * @throws AppError `CONFLICT`: the key was given up meanwhile
   */
  async switchTo(trx: Trx, repoId: RepoId, key: KeyInUse | null, othersAfterMs: number): Promise<void> {
    const now = this.#parts.clock.now()
    if (key !== null) await this.#activate(trx, repoId, key, now)
    const others = await trx
      .selectFrom('deploy_keys')
      .select('id')
      .where('repo_id', '=', repoId)
      .where('state', '=', sql.lit('active'))
      .where('id', '<>', key?.id ?? '')
      .execute()
    for (const { id } of others) await this.#giveUp(trx, { id, repoId }, now + othersAfterMs)
  }

  /** Lets all keys of these repositories be removed at their forges now: none of them is used any more. */
  async giveUpAll(trx: Trx, repoIds: readonly RepoId[]): Promise<void> {
    const rows = await trx
      .selectFrom('deploy_keys')
      .select(['id', 'repo_id'])
      .where('repo_id', 'in', repoIds)
      .execute()
    const now = this.#parts.clock.now()
    for (const { id, repo_id } of rows) await this.#giveUp(trx, { id, repoId: repo_id as RepoId }, now)
  }

  /** As `giveUpAll`, for one whose time is over. */
  async giveUpOne(trx: Trx, key: Pick<DeployKey, 'id' | 'repoId'>): Promise<void> {
    await this.#giveUp(trx, key, this.#parts.clock.now())
  }

  /** As `giveUpAll`, for one that nobody has begun to use. */
  async giveUp(key: Pick<DeployKey, 'id' | 'repoId'>): Promise<void> {
    await this.#parts.database.transaction((trx) => this.giveUpOne(trx, key))
  }

  /** Of one that a crash may have left in the making. @returns the key as it is now; `null`: it is gone */
  async takeForRemoval(id: string): Promise<DeployKey | null> {
    const { database, clock } = this.#parts
    return await database.transaction(async (trx) => {
      await database.takeTurn(trx, `deploy key:${id}`)
      const row = await selectKey(trx, id)
      if (!row) return null
      const now = clock.now()
      const isLeft = row.state === 'making' && row.created_at + MAKING_MS <= now
      if (!isLeft) return toDeployKey(row)
      await update(trx, id, { state: 'revoking', expires_at: now, updated_at: now })
      return toDeployKey({ ...row, state: 'revoking', expires_at: now })
    })
  }

  /** It is registered no more. */
  async forget(key: DeployKey): Promise<void> {
    const { database, events } = this.#parts
    await database.transaction(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom('deploy_keys')
        .where('id', '=', key.id)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return
      await events.append(trx, [await deployKeyEvent(trx, key, 'key_removed')])
    })
  }

  /** It was never registered, and never will be. */
  async drop(id: string): Promise<void> {
    await this.#parts.database.transaction(async (trx) => {
      await trx.deleteFrom('deploy_keys').where('id', '=', id).execute()
      await trx
        .deleteFrom('jobs')
        .where('type', '=', GATE_KEY_REVOKE)
        .where('key', '=', id)
        .where('status', '=', sql.lit('queued'))
        .execute()
    })
  }

  /** It could not be removed: told once in the log, and shown until it is. @param error in fixed words */
  async noteFailure(key: DeployKey, error: string): Promise<void> {
    const { database, events, clock } = this.#parts
    await database.transaction(async (trx) => {
      await update(trx, key.id, { last_error: error, updated_at: clock.now() })
      if (key.lastError === null)
        await events.append(trx, [await deployKeyEvent(trx, key, 'key_removal_failed', { error })])
    })
  }

  async #activate(trx: Trx, repoId: RepoId, { id, ttlSeconds }: KeyInUse, now: number): Promise<void> {
    await this.#parts.database.takeTurn(trx, `deploy key:${id}`)
    const row = await selectKey(trx, id)
    if (row?.repo_id !== repoId || row.state === 'revoking') throw gone()
    if (row.state === 'making' && row.provider_key_id === null) throw gone()
    const expiresAt = ttlSeconds === null ? null : now + ttlSeconds * 1000
    await update(trx, id, { state: 'active', expires_at: expiresAt, updated_at: now })
    if (expiresAt !== null) await this.#enqueue(trx, { id, repoId }, expiresAt)
  }

  /** @param at when no connection is begun with it any more; one that was to go sooner goes sooner */
  async #giveUp(trx: Trx, key: Pick<DeployKey, 'id' | 'repoId'>, at: number): Promise<void> {
    await this.#parts.database.takeTurn(trx, `deploy key:${key.id}`)
    const row = await selectKey(trx, key.id)
    if (!row) return
    const sooner = row.state === 'revoking' ? Math.min(row.expires_at ?? at, at) : at
    const now = this.#parts.clock.now()
    await update(trx, key.id, { state: 'revoking', expires_at: sooner, updated_at: now })
    await this.#enqueue(trx, key, sooner)
  }

  async #enqueue(trx: Trx, { id, repoId }: Pick<DeployKey, 'id' | 'repoId'>, runAt: number): Promise<void> {
    const payload: DeployKeyJob = { deployKeyId: id }
    await this.#parts.jobs.enqueue(trx, { type: GATE_KEY_REVOKE, key: id, repoId, payload, runAt })
  }

  async #update(id: string, values: Parameters<typeof update>[2]): Promise<void> {
    await update(this.#parts.database.kysely, id, { ...values, updated_at: this.#parts.clock.now() })
  }
}

function selectKey(kysely: Kysely<Schema>, id: string) {
  return kysely.selectFrom('deploy_keys').selectAll().where('id', '=', id).executeTakeFirst()
}

async function update(
  kysely: Kysely<Schema>,
  id: string,
  values: Partial<Omit<Schema['deploy_keys'], 'id'>>,
): Promise<void> {
  await kysely.updateTable('deploy_keys').set(values).where('id', '=', id).execute()
}

function gone(): AppError {
  return new AppError('CONFLICT', { details: { reason: 'the deploy key was given up meanwhile; try again' } })
}
