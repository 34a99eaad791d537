/** Upstreams of repositories. A repository is a gate as long as it has one. */
import type { Kysely } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import type { RefName, RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { Actor, EventLog } from '../log/events.ts'
import { prepareQuery } from '../prepared-query.ts'
import { lockActive, lockWritable } from '../read-repository.ts'
import { rememberUnchanged } from '../remember-unchanged.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { Schema, UpstreamRow } from '../schema.ts'
import { writeRow } from '../write-repository.ts'
import { upstreamRemoved, upstreamSet } from './upstream-events.ts'
import { toUpstream } from './upstream-rows.ts'
import type { Upstream } from './upstream.ts'
import { upstreamRow, type WantedUpstream } from './wanted-upstream.ts'

type ReadUpstream = (repoId: RepoId) => Promise<Upstream | null>

/** Written in the same transaction. @param known what the repository had before */
export type Along = (trx: Trx, repo: NamedRow, known: Upstream | null) => Promise<void>

const NOTHING: Along = () => Promise.resolve()

export class Upstreams {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock
  readonly #read: ReadUpstream

  constructor(parts: { database: Database; events: EventLog; clock: Clock }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
    const { kysely, version } = parts.database
    this.#read = rememberUnchanged(version, ['upstreams'], readUpstream(kysely), (repoId) => repoId)
  }

  /** Asked for every read and push of a gate: no query while nobody changes any. */
  of(repoId: RepoId): Promise<Upstream | null> {
    return this.#read(repoId)
  }

  /**
   * Sets it anew as a whole; the repository is a gate from then on.
   *
   * @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`; `UNPROCESSABLE`: no key is known for this URL;
   *   `CONFLICT`: a repository of this kind cannot be a gate
   */
  async put(
    repoId: RepoId,
    wanted: WantedUpstream,
    by: Actor,
    along: Along = NOTHING,
  ): Promise<{ readonly result: 'added' | 'changed'; readonly upstream: Upstream }> {
    return await this.#database.transaction(async (trx) => {
      const repo = await lockWritable(this.#database, trx, repoId)
      const known = await rowOf(trx, repoId)
      if (repo.kind === 'grasp') throw ofAnotherKind()
      const row = upstreamRow(repoId, wanted, known, { by: by.actorId, now: this.#clock.now() })
      await trx
        .insertInto('upstreams')
        .values(row)
        .onConflict((conflict) => conflict.column('repo_id').doUpdateSet(row))
        .execute()
      if (repo.kind !== 'gate') await writeRow(trx, { ...repo, kind: 'gate' })
      await along(trx, repo, known && toUpstream(known))
      await this.#events.append(trx, [upstreamSet(repo, row, by)])
      return { result: known ? 'changed' : 'added', upstream: toUpstream(row) }
    })
  }

  /**
   * What the repository holds stays; it is an ordinary one from then on.
   *
   * @returns what it had, or `null`
   * @throws AppError `REPO_NOT_FOUND`
   */
  async remove(repoId: RepoId, by: Actor, along: Along = NOTHING): Promise<Upstream | null> {
    return await this.#database.transaction(async (trx) => {
      const repo = await lockActive(this.#database, trx, repoId)
      const row = await rowOf(trx, repoId)
      if (row === null) return null
      await trx.deleteFrom('upstreams').where('repo_id', '=', repoId).execute()
      await writeRow(trx, { ...repo, kind: 'hosted' })
      await along(trx, repo, toUpstream(row))
      await this.#events.append(trx, [upstreamRemoved(repo, row, by)])
      return toUpstream(row)
    })
  }

  /** The upstream was asked at `at`. @param error why it could not be, in fixed words; absent: it answered */
  async noteRefresh(
    repoId: RepoId,
    {
      at,
      headRef,
      error,
    }: { readonly at: number; readonly headRef?: RefName | null; readonly error?: string },
  ): Promise<void> {
    const head = headRef === undefined ? {} : { head_ref: headRef }
    await this.#note(
      repoId,
      error === undefined ? { ...head, last_refresh_at: at, ...FINE } : failed(error, at),
    )
  }

  /** A push was passed on at `at`. @param error why it could not be, in fixed words */
  async noteForward(
    repoId: RepoId,
    { at, error }: { readonly at: number; readonly error?: string },
  ): Promise<void> {
    await this.#note(repoId, error === undefined ? { last_forward_at: at, ...FINE } : failed(error, at))
  }

  async #note(repoId: RepoId, columns: Partial<UpstreamRow>): Promise<void> {
    await this.#database.kysely.updateTable('upstreams').set(columns).where('repo_id', '=', repoId).execute()
  }
}

const FINE = { last_error: null, last_error_at: null }

function failed(error: string, at: number): Partial<UpstreamRow> {
  return { last_error: error, last_error_at: at }
}

function readUpstream(kysely: Kysely<Schema>): ReadUpstream {
  const query = prepareQuery<UpstreamRow, { repoId: string }>(kysely, (slot) =>
    kysely.selectFrom('upstreams').selectAll().where('repo_id', '=', slot('repoId')),
  )
  return async (repoId) => {
    const [row] = await query({ repoId })
    return row ? toUpstream(row) : null
  }
}

async function rowOf(trx: Trx, repoId: RepoId): Promise<UpstreamRow | null> {
  const row = await trx.selectFrom('upstreams').selectAll().where('repo_id', '=', repoId).executeTakeFirst()
  return row ?? null
}

function ofAnotherKind(): AppError {
  return new AppError('CONFLICT', { details: { reason: 'a repository of this kind cannot be a gate' } })
}
