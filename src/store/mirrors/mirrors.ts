/** Mirrors that owners have set for their repositories. What a run found, and integrations: beside this file. */
import { sql, type Kysely } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Actor, EventLog } from '../log/events.ts'
import { lockActive, lockWritable } from '../read-repository.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { MirrorRow, Schema } from '../schema.ts'
import { claimRemote } from './claim-remote.ts'
import { mirrorEvent } from './mirror-events.ts'
import {
  jobKeyOf,
  MIRROR_PUSH,
  sealedFor,
  toMirror,
  toStatus,
  type Mirror,
  type MirrorJob,
  type MirrorStatus,
} from './mirror-rows.ts'

export interface MirrorsParts {
  readonly database: Database
  readonly events: EventLog
  readonly jobs: Pick<Jobs, 'enqueue'>
  readonly clock: Clock
  readonly newId: () => string
}

export interface WantedMirror {
  readonly name: string
  readonly url: string
  readonly remoteKey: string
  /** Patterns of refs. */
  readonly refs: readonly string[]
  /** Seals the credential for what `sealedFor` says; `null`: it keeps the one that it has for this URL. */
  readonly seal: ((row: string) => string) | null
}

export type SetMirror =
  | { readonly result: 'added' | 'changed' }
  /** Nothing was set: the mirror of this repository goes there. */
  | { readonly result: 'taken'; readonly by: RepoId }

const MAX_MIRRORS = 10

export class Mirrors {
  readonly #parts: MirrorsParts

  constructor(parts: MirrorsParts) {
    this.#parts = parts
  }

  /** By name. */
  async list(repoId: RepoId): Promise<readonly MirrorStatus[]> {
    const { kysely } = this.#parts.database
    const rows = await ofRepository(kysely, repoId).orderBy('name').execute()
    return await withJobs(kysely, rows)
  }

  async find(repoId: RepoId, name: string): Promise<MirrorStatus | null> {
    const { kysely } = this.#parts.database
    const rows = await ofRepository(kysely, repoId).where('name', '=', name).execute()
    return (await withJobs(kysely, rows))[0] ?? null
  }

  async byId(id: string): Promise<Mirror | null> {
    const row = await this.#parts.database.kysely
      .selectFrom('mirrors')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row ? toMirror(row) : null
  }

  /** Those set by owners that are pushed to when refs of one of these repositories move. */
  async following(repoIds: readonly RepoId[]): Promise<readonly Pick<Mirror, 'id' | 'repoId'>[]> {
    const rows = await this.#parts.database.kysely
      .selectFrom('mirrors')
      .select(['id', 'repo_id'])
      .where('repo_id', 'in', repoIds)
      .where('kind', '=', 'own')
      .where('refused_reason', 'is', sql.lit(null))
      .execute()
    return rows.map(({ id, repo_id }) => ({ id, repoId: repo_id as RepoId }))
  }

  /**
   * Sets it anew as a whole, and lets it be pushed to at once.
   *
   * @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`; `UNPROCESSABLE`: there are 10, or no credential is
   *   known for this URL
   */
  async put(repoId: RepoId, wanted: WantedMirror, by: Actor): Promise<SetMirror> {
    const { database, events, clock } = this.#parts
    return await database.transaction(async (trx) => {
      const repo = await lockWritable(database, trx, repoId)
      const rows = await ofRepository(trx, repoId).execute()
      const known = rows.find(({ name }) => name === wanted.name) ?? null
      if (!known && rows.length >= MAX_MIRRORS) throw unprocessable('a repository has at most 10 mirrors')
      const now = clock.now()
      const claim = { remoteKey: wanted.remoteKey, orgId: repo.org_id, mirrorId: known?.id ?? null }
      const holder = await claimRemote(database, trx, claim, now)
      if (holder !== null) return { result: 'taken', by: holder }
      const row = this.#rowOf(repo, wanted, known, by, now)
      await write(trx, row, known)
      await this.#pushAtOnce(trx, row)
      await events.append(trx, [mirrorEvent(repo, row, by, 'set', { refs: wanted.refs })])
      return { result: known ? 'changed' : 'added' }
    })
  }

  /**
   * A push that is under way comes to its end.
   *
   * @returns false when there was none
   * @throws AppError `REPO_NOT_FOUND`
   */
  async remove(repoId: RepoId, name: string, by: Actor): Promise<boolean> {
    const { database, events } = this.#parts
    return await database.transaction(async (trx) => {
      const repo = await lockActive(database, trx, repoId)
      const row = await ofRepository(trx, repoId).where('name', '=', name).executeTakeFirst()
      if (!row) return false
      await trx.deleteFrom('mirrors').where('id', '=', row.id).execute()
      await dropQueued(trx, jobKeyOf(row))
      await events.append(trx, [mirrorEvent(repo, row, by, 'removed')])
      return true
    })
  }

  /**
   * Pushes every ref anew and at once, also what is known to be there: somebody may have changed it.
   *
   * @returns false when there is none
   * @throws AppError `REPO_NOT_FOUND`
   */
  async pushNow(repoId: RepoId, name: string): Promise<boolean> {
    const { database } = this.#parts
    return await database.transaction(async (trx) => {
      await lockActive(database, trx, repoId)
      const row = await ofRepository(trx, repoId).where('name', '=', name).executeTakeFirst()
      if (!row) return false
      await trx.updateTable('mirror_refs').set({ oid: '' }).where('mirror_id', '=', row.id).execute()
      await this.#pushAtOnce(trx, row)
      return true
    })
  }

  /** Refs moved: whoever is pushed to soon enough anyway is not pushed to twice. */
  async enqueue(trx: Trx, { id, repoId }: Pick<Mirror, 'id' | 'repoId'>): Promise<void> {
    const payload: MirrorJob = { mirrorId: id }
    await this.#parts.jobs.enqueue(trx, { type: MIRROR_PUSH, key: id, repoId, payload })
  }

  /** As `enqueue`, for the integration that the organisation of the repository may have. */
  async enqueueIntegration(trx: Trx, repoId: RepoId): Promise<void> {
    const payload: MirrorJob = { integrationOf: repoId }
    await this.#parts.jobs.enqueue(trx, { type: MIRROR_PUSH, key: repoId, repoId, payload })
  }

  /** Does not wait for the next attempt of what has failed. */
  async #pushAtOnce(trx: Trx, row: MirrorRow): Promise<void> {
    await dropQueued(trx, jobKeyOf(row))
    const repoId = row.repo_id as RepoId
    if (row.kind === 'own') await this.enqueue(trx, { id: row.id, repoId })
    else await this.enqueueIntegration(trx, repoId)
  }

  #rowOf(repo: NamedRow, wanted: WantedMirror, known: MirrorRow | null, by: Actor, now: number): MirrorRow {
    const id = known?.id ?? this.#parts.newId()
    const isSameRemote = known?.remote_key === wanted.remoteKey
    return {
      id,
      repo_id: repo.id,
      name: wanted.name,
      kind: 'own',
      url: wanted.url,
      remote_key: wanted.remoteKey,
      credential_sealed: credentialOf(wanted, known, id),
      refs: JSON.stringify(wanted.refs),
      refused_reason: null,
      last_error: null,
      refused_refs: '[]',
      last_attempt_at: isSameRemote ? known.last_attempt_at : null,
      last_success_at: isSameRemote ? known.last_success_at : null,
      failing_since: null,
      created_by: known ? known.created_by : by.actorId,
      created_at: known?.created_at ?? now,
      updated_at: Math.max(now, (known?.updated_at ?? 0) + 1), // a run of the old one must not take it for its own
    }
  }
}

/** One that is to go elsewhere needs one anew: who sets the URL must not be sent what somebody else has entrusted. */
function credentialOf({ url, seal }: WantedMirror, known: MirrorRow | null, id: string): string {
  if (seal !== null) return seal(sealedFor({ id, url }))
  if (known?.url === url && known.credential_sealed !== null) return known.credential_sealed
  throw unprocessable('a mirror that is new, or gets another URL, needs a credential')
}

/** Another remote is not known to hold anything of ours. */
async function write(trx: Trx, row: MirrorRow, known: MirrorRow | null): Promise<void> {
  if (!known) {
    await trx.insertInto('mirrors').values(row).execute()
    return
  }
  await trx.updateTable('mirrors').set(row).where('id', '=', row.id).execute()
  if (known.remote_key !== row.remote_key)
    await trx.deleteFrom('mirror_refs').where('mirror_id', '=', row.id).execute()
}

function ofRepository(kysely: Kysely<Schema>, repoId: RepoId) {
  return kysely.selectFrom('mirrors').selectAll().where('repo_id', '=', repoId)
}

async function withJobs(
  kysely: Kysely<Schema>,
  rows: readonly MirrorRow[],
): Promise<readonly MirrorStatus[]> {
  if (rows.length === 0) return []
  const jobs = await kysely
    .selectFrom('jobs')
    .select(['key', 'status', 'run_at'])
    .where('type', '=', MIRROR_PUSH)
    .where('key', 'in', rows.map(jobKeyOf))
    .where('status', 'in', ['queued', 'running'])
    .execute()
  return rows.map((row) =>
    toStatus(
      row,
      jobs.filter(({ key }) => key === jobKeyOf(row)),
    ),
  )
}

async function dropQueued(trx: Trx, key: string): Promise<void> {
  await trx
    .deleteFrom('jobs')
    .where('type', '=', MIRROR_PUSH)
    .where('key', '=', key)
    .where('status', '=', 'queued')
    .execute()
}

function unprocessable(reason: string): AppError {
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
