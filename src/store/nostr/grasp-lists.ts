/** What administrators of a GRASP host see: what is hosted, what waits, who is read. Changes nothing. */
import { sql } from 'kysely'
import type { Database } from '../database.ts'
import { invalidCursor, toPage, type Page, type PageRequest } from '../page.ts'
import type { GraspRepositoryRow, NostrEventRow } from '../schema.ts'
import type { GraspRepository } from './grasp-repository.ts'
import { toHealth, type RelayHealth } from './relays.ts'

export type GraspStatus = GraspRepository['status']

/** Times are milliseconds since 1970; keys are hex. */
export interface ListedRepository extends Pick<GraspRepository, 'owner' | 'identifier' | 'form' | 'status'> {
  readonly repoId: string
  /** As the other routes and commands call it. */
  readonly orgSlug: string
  readonly slug: string
  readonly pushedAt: number | null
  readonly waitsUntil: number | null
  readonly createdAt: number
}

export type WaitingEvent = Pick<NostrEventRow, 'id' | 'pubkey' | 'kind' | 'identifier' | 'source'> & {
  readonly receivedAt: number
  readonly waitsUntil: number | null
}

export interface ListedRelay extends RelayHealth {
  readonly url: string
}

export class GraspLists {
  readonly #database: Database

  constructor(parts: { database: Database }) {
    this.#database = parts.database
  }

  /** Newest first. @throws AppError `VALIDATION_ERROR` for a cursor that is none, as the other lists */
  async repositories(
    { status }: { readonly status?: GraspStatus | undefined },
    page: PageRequest,
  ): Promise<Page<ListedRepository>> {
    const before = parseKey(page.cursor, /^[0-9a-f-]{36}$/)
    const rows = await this.#active()
      .select([
        'g.repo_id',
        'g.pubkey',
        'g.identifier',
        'g.form',
        'g.status',
        'g.waits_until',
        'g.created_at',
      ])
      .select(['o.slug as org_slug', 'r.slug', 'r.pushed_at'])
      .$if(status !== undefined, (query) => query.where('g.status', '=', status!))
      .$if(before !== null, (query) => query.where('g.repo_id', '<', before!))
      .orderBy('g.repo_id', 'desc')
      .limit(page.limit + 1)
      .offset(offsetOf(page))
      .execute()
    return toPage(rows, page.limit, { item: toListed, cursor: ({ repo_id }) => writeKey(repo_id) })
  }

  /** In purgatory, the last one that came first. */
  async waiting(page: PageRequest): Promise<Page<WaitingEvent>> {
    const before = parseKey(page.cursor, /^\d{1,15}$/)
    const rows = await this.#database.kysely
      .selectFrom('nostr_events')
      .select(['sequence', 'id', 'pubkey', 'kind', 'identifier', 'source', 'received_at', 'waits_until'])
      .where('status', '=', sql.lit('purgatory'))
      .$if(before !== null, (query) => query.where('sequence', '<', Number(before)))
      .orderBy('sequence', 'desc')
      .limit(page.limit + 1)
      .offset(offsetOf(page))
      .execute()
    return toPage(rows, page.limit, {
      item: ({ sequence: _, received_at: receivedAt, waits_until: waitsUntil, ...event }) => ({
        ...event,
        receivedAt,
        waitsUntil,
      }),
      cursor: ({ sequence }) => writeKey(String(sequence)),
    })
  }

  /** All that were ever tried, by their URLs. */
  async relays(page: PageRequest): Promise<Page<ListedRelay>> {
    const after = parseKey(page.cursor, /^[^\x00-\x1f\x7f]+$/)
    const rows = await this.#database.kysely
      .selectFrom('nostr_relays')
      .selectAll()
      .$if(after !== null, (query) => query.where('url', '>', after!))
      .orderBy('url')
      .limit(page.limit + 1)
      .offset(offsetOf(page))
      .execute()
    return toPage(rows, page.limit, {
      item: (row) => ({ url: row.url, ...toHealth(row) }),
      cursor: ({ url }) => writeKey(url),
    })
  }

  async countRepositories(): Promise<ReadonlyMap<GraspStatus, number>> {
    const rows = await this.#active()
      .select(({ fn }) => ['g.status', fn.countAll<number | string>().as('count')])
      .groupBy('g.status')
      .execute()
    return new Map(rows.map(({ status, count }) => [status, Number(count)]))
  }

  async countWaiting(): Promise<number> {
    const { count } = await this.#database.kysely
      .selectFrom('nostr_events')
      .select(({ fn }) => fn.countAll<number | string>().as('count'))
      .where('status', '=', sql.lit('purgatory'))
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  async countRelays(): Promise<{ readonly answering: number; readonly failing: number }> {
    const { all, failing } = await this.#database.kysely
      .selectFrom('nostr_relays')
      .select(({ fn }) => [
        fn.countAll<number | string>().as('all'),
        fn.count<number | string>('failing_since').as('failing'),
      ])
      .executeTakeFirstOrThrow()
    return { answering: Number(all) - Number(failing), failing: Number(failing) }
  }

  #active() {
    return this.#database.kysely
      .selectFrom('grasp_repositories as g')
      .innerJoin('repositories as r', 'r.id', 'g.repo_id')
      .innerJoin('organizations as o', 'o.id', 'r.org_id')
      .where('r.state', '=', sql.lit('active'))
  }
}

type JoinedRow = Omit<
  GraspRepositoryRow,
  'listed' | 'announcement_id' | 'applied_state_id' | 'updated_at'
> & {
  readonly org_slug: string
  readonly slug: string
  readonly pushed_at: number | null
}

function toListed(row: JoinedRow): ListedRepository {
  return {
    repoId: row.repo_id,
    owner: row.pubkey,
    identifier: row.identifier,
    form: row.form,
    status: row.status,
    orgSlug: row.org_slug,
    slug: row.slug,
    pushedAt: row.pushed_at,
    waitsUntil: row.waits_until,
    createdAt: row.created_at,
  }
}

function offsetOf({ cursor, offset = 0 }: PageRequest): number {
  return cursor === undefined ? offset : 0
}

function writeKey(key: string): string {
  return Buffer.from(key).toString('base64url')
}

/** @returns `null`: from the beginning */
function parseKey(cursor: string | undefined, form: RegExp): string | null {
  if (cursor === undefined) return null
  const key = Buffer.from(cursor, 'base64url').toString()
  if (!form.test(key)) throw invalidCursor()
  return key
}
