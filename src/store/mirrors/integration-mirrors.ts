/** The one mirror of an organisation that its integration asks for: which repository has it, and which are refused. */
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { EventLog } from '../log/events.ts'
import { lockRepository } from '../read-repository.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { MirrorRow } from '../schema.ts'
import { claimRemote, TAKEN } from './claim-remote.ts'
import { mirrorEvent, SERVER } from './mirror-events.ts'
import { INTEGRATION, toMirror, type Mirror } from './mirror-rows.ts'

export interface IntegrationMirrorsParts {
  readonly database: Database
  readonly events: EventLog
  readonly clock: Clock
  readonly newId: () => string
}

export interface IntegrationRemote {
  readonly url: string
  readonly remoteKey: string
  /** Patterns of refs. */
  readonly refs: readonly string[]
}

export class IntegrationMirrors {
  readonly #parts: IntegrationMirrorsParts

  constructor(parts: IntegrationMirrorsParts) {
    this.#parts = parts
  }

  /**
   * Of the repositories of an organisation the first that asks gets it; the others have a mirror that is refused.
   *
   * @returns `null`: the repository is gone
   */
  async claim(repoId: RepoId, remote: IntegrationRemote): Promise<Mirror | null> {
    const { database, events, clock } = this.#parts
    return await database.transaction(async (trx) => {
      const repo = await lockRepository(database, trx, repoId)
      if (repo?.state !== 'active') return null
      const known = await integrationOf(trx, repoId)
      const now = clock.now()
      const claim = { remoteKey: remote.remoteKey, orgId: repo.org_id, mirrorId: known?.id ?? null }
      const refused = (await claimRemote(database, trx, claim, now)) === null ? null : TAKEN
      if (known && isAsWanted(known, remote, refused)) return toMirror(known)
      if (known) await trx.deleteFrom('mirrors').where('id', '=', known.id).execute()
      const row = this.#rowOf(repo, remote, refused, now)
      await trx.insertInto('mirrors').values(row).execute()
      const data = refused === null ? {} : { refused }
      await events.append(trx, [mirrorEvent(repo, row, SERVER, 'set', { refs: remote.refs, ...data })])
      return toMirror(row)
    })
  }

  /** The organisation has no integration any more, or the repository another organisation. */
  async drop(repoId: RepoId): Promise<void> {
    const { database, events } = this.#parts
    if (!(await integrationOf(database.kysely, repoId))) return
    await database.transaction(async (trx) => {
      const repo = await lockRepository(database, trx, repoId)
      const row = await integrationOf(trx, repoId)
      if (!repo || !row) return
      await trx.deleteFrom('mirrors').where('id', '=', row.id).execute()
      await events.append(trx, [mirrorEvent(repo, row, SERVER, 'removed')])
    })
  }

  #rowOf(repo: NamedRow, remote: IntegrationRemote, refused: string | null, now: number): MirrorRow {
    return {
      id: this.#parts.newId(),
      repo_id: repo.id,
      name: INTEGRATION,
      kind: 'integration',
      url: remote.url,
      remote_key: remote.remoteKey,
      credential_sealed: null,
      refs: JSON.stringify(remote.refs),
      refused_reason: refused,
      last_error: null,
      refused_refs: '[]',
      last_attempt_at: null,
      last_success_at: null,
      failing_since: null,
      created_by: null,
      created_at: now,
      updated_at: now,
    }
  }
}

function isAsWanted(row: MirrorRow, { url, remoteKey }: IntegrationRemote, refused: string | null): boolean {
  return row.url === url && row.remote_key === remoteKey && row.refused_reason === refused
}

function integrationOf(kysely: Trx | Database['kysely'], repoId: RepoId): Promise<MirrorRow | undefined> {
  return kysely
    .selectFrom('mirrors')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('name', '=', INTEGRATION)
    .executeTakeFirst()
}
