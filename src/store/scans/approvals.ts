/** Approvals of findings: asked for by pushes that were refused, decided by owners. */
import type { Kysely } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { Actor, EventLog } from '../log/events.ts'
import { lockActive } from '../read-repository.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { ApprovalRow, Schema } from '../schema.ts'
import { toApproval, type Approval, type Decision, type RequestedFinding } from './approval.ts'
import { requestedRow, grantedRow } from './approval-rows.ts'
import { approvalEvent } from './scan-events.ts'

export interface ApprovalsParts {
  readonly database: Database
  readonly events: EventLog
  readonly clock: Clock
  readonly newId: () => string
}

/** Of one repository. Requests make room for newer ones; what was decided does not. */
const MAX_REQUESTS = 500
const MAX_DECIDED = 5_000

export class Approvals {
  readonly #parts: ApprovalsParts

  constructor(parts: ApprovalsParts) {
    this.#parts = parts
  }

  /** By fingerprint; those for which nobody has ever asked are absent. @param fingerprints at most 1,000 */
  async of(repoId: RepoId, fingerprints: readonly string[]): Promise<ReadonlyMap<string, Approval>> {
    const rows = await byFingerprint(this.#parts.database.kysely, repoId, fingerprints)
    return new Map(rows.map((row) => [row.fingerprint, toApproval(row)]))
  }

  /** @returns `null`: the repository has none of that id */
  async find(repoId: RepoId, id: string): Promise<Approval | null> {
    const row = await rowOf(this.#parts.database.kysely, repoId, id)
    return row && toApproval(row)
  }

  /**
   * Asks for findings, or anew for those whose decision has expired; what is decided stays so.
   *
   * @param findings at most 1,000, each fingerprint once
   * @throws AppError `REPO_NOT_FOUND`
   */
  async request(repoId: RepoId, findings: readonly RequestedFinding[], by: Actor): Promise<void> {
    const { newId, clock } = this.#parts
    await this.#change(repoId, async (trx, repo) => {
      const fingerprints = findings.map(({ fingerprint }) => fingerprint)
      const known = new Map(
        (await byFingerprint(trx, repoId, fingerprints)).map((row) => [row.fingerprint, row]),
      )
      const asked: ApprovalRow[] = []
      for (const finding of findings) {
        const before = known.get(finding.fingerprint) ?? null
        const row = requestedRow({ id: newId(), repoId, finding, before, by, now: clock.now() })
        await write(trx, row)
        if (row.state === 'requested' && before?.state !== 'requested') asked.push(row)
      }
      await dropOldest(trx, repoId)
      await this.#parts.events.append(
        trx,
        asked.map((row) => approvalEvent(repo, row, by, 'requested')),
      )
    })
  }

  /**
   * Decides about a fingerprint, whether or not it was ever pushed.
   *
   * @throws AppError `REPO_NOT_FOUND`; `UNPROCESSABLE`: too many are decided
   */
  async grant(
    repoId: RepoId,
    fingerprint: string,
    decision: Decision,
    by: Actor,
  ): Promise<{ readonly result: 'added' | 'changed'; readonly approval: Approval }> {
    const { newId, clock } = this.#parts
    return await this.#change(repoId, async (trx, repo) => {
      const [before = null] = await byFingerprint(trx, repoId, [fingerprint])
      await checkRoom(trx, repoId)
      const row = grantedRow({ id: newId(), repoId, fingerprint, before, decision, by, now: clock.now() })
      await write(trx, row)
      await this.#parts.events.append(trx, [approvalEvent(repo, row, by, 'decided')])
      return { result: before ? 'changed' : 'added', approval: toApproval(row) }
    })
  }

  /** @returns `null`: there is none of that id. @throws as `grant` */
  async decide(repoId: RepoId, id: string, decision: Decision, by: Actor): Promise<Approval | null> {
    const known = await rowOf(this.#parts.database.kysely, repoId, id)
    return known && (await this.grant(repoId, known.fingerprint, decision, by)).approval
  }

  /** @returns false: there was none. @throws AppError `REPO_NOT_FOUND` */
  async remove(repoId: RepoId, id: string, by: Actor): Promise<boolean> {
    return await this.#change(repoId, async (trx, repo) => {
      const row = await rowOf(trx, repoId, id)
      if (!row) return false
      await trx.deleteFrom('approvals').where('id', '=', id).execute()
      await this.#parts.events.append(trx, [approvalEvent(repo, row, by, 'removed')])
      return true
    })
  }

  #change<T>(repoId: RepoId, work: (trx: Trx, repo: NamedRow) => Promise<T>): Promise<T> {
    const { database } = this.#parts
    return database.transaction(async (trx) => work(trx, await lockActive(database, trx, repoId)))
  }
}

async function byFingerprint(kysely: Kysely<Schema>, repoId: RepoId, fingerprints: readonly string[]) {
  if (fingerprints.length === 0) return []
  const approvals = kysely.selectFrom('approvals').selectAll().where('repo_id', '=', repoId)
  return await approvals.where('fingerprint', 'in', fingerprints).execute()
}

async function rowOf(kysely: Kysely<Schema>, repoId: RepoId, id: string): Promise<ApprovalRow | null> {
  const approvals = kysely.selectFrom('approvals').selectAll().where('repo_id', '=', repoId)
  return (await approvals.where('id', '=', id).executeTakeFirst()) ?? null
}

async function write(trx: Trx, row: ApprovalRow): Promise<void> {
  await trx
    .insertInto('approvals')
    .values(row)
    .onConflict((conflict) => conflict.columns(['repo_id', 'fingerprint']).doUpdateSet(row))
    .execute()
}

async function dropOldest(trx: Trx, repoId: RepoId): Promise<void> {
  const tooOld = trx
    .selectFrom('approvals')
    .select('id')
    .where('repo_id', '=', repoId)
    .where('state', '=', 'requested')
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1_000)
    .offset(MAX_REQUESTS)
  const rows = await tooOld.execute()
  if (rows.length === 0) return
  const ids = rows.map(({ id }) => id)
  await trx.deleteFrom('approvals').where('id', 'in', ids).execute()
}

async function checkRoom(trx: Trx, repoId: RepoId): Promise<void> {
  const { decided } = await trx
    .selectFrom('approvals')
    .select(({ fn }) => fn.countAll().as('decided'))
    .where('repo_id', '=', repoId)
    .where('state', '<>', 'requested')
    .executeTakeFirstOrThrow()
  if (Number(decided) < MAX_DECIDED) return
  const reason = `${MAX_DECIDED} findings of this repository are decided; remove some, or allow them by path`
  throw new AppError('UNPROCESSABLE', { details: { reason } })
}
