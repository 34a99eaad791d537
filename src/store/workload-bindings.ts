/** Which workloads of which issuers may act as a machine's account. What matches is decided elsewhere. */
import type { NewEvent } from '../kernel/events.ts'
import type { Grants } from '../kernel/grants.ts'
import type { Clock } from '../kernel/ports.ts'
import { CLOCK_SKEW_SECONDS, MAX_TOKEN_SECONDS } from '../kernel/token-times.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from './page.ts'
import type { Revocations } from './revocations.ts'
import type { WorkloadBindingRow } from './schema.ts'

export interface WorkloadBinding {
  readonly id: string
  readonly accountId: string
  /** `iss` of the workload's token. */
  readonly issuer: string
  /** Must be among its audiences. */
  readonly audience: string
  /** Name of a claim to its value, or a pattern with `*`; all must match. */
  readonly claims: Readonly<Record<string, string>>
  /** The most that its tokens may do. */
  readonly grants: Grants
  readonly createdBy: string | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

export type NewWorkloadBinding = Omit<WorkloadBinding, 'createdAt'>

/** Tokens of a removed binding have ended by then. */
const LONGEST_TOKEN_MS = (MAX_TOKEN_SECONDS + CLOCK_SKEW_SECONDS) * 1000

export class WorkloadBindings {
  readonly #database: Database
  readonly #events: EventLog
  readonly #revocations: Revocations
  readonly #clock: Clock

  constructor(parts: { database: Database; events: EventLog; revocations: Revocations; clock: Clock }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#revocations = parts.revocations
    this.#clock = parts.clock
  }

  /**
   * @param max how many an account may have
   * @returns `null`: it has as many already
   */
  async create(binding: NewWorkloadBinding, max: number, by: Actor): Promise<WorkloadBinding | null> {
    const whole = { ...binding, createdAt: this.#clock.now() }
    return this.#database.transaction(async (trx) => {
      await this.#database.takeTurn(trx, `bindings of ${binding.accountId}`)
      if ((await countOf(trx, binding.accountId)) >= max) return null
      await trx.insertInto('workload_bindings').values(toRow(whole)).execute()
      await this.#events.append(trx, [bindingEvent('account.bound', whole, by)])
      return whole
    })
  }

  /** Of an account, newest first. @throws AppError `VALIDATION_ERROR` for a cursor that is none */
  async list(accountId: string, page: PageRequest): Promise<Page<WorkloadBinding>> {
    let query = this.#database.kysely
      .selectFrom('workload_bindings')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
    if (page.cursor !== undefined) {
      const { createdAt, id } = parseCursor(page.cursor)
      query = query.where((eb) =>
        eb.or([
          eb('created_at', '<', createdAt),
          eb.and([eb('created_at', '=', createdAt), eb('id', '<', id)]),
        ]),
      )
    } else if (page.offset !== undefined) query = query.offset(page.offset)
    const cursor = (row: WorkloadBindingRow) => writeCursor({ createdAt: row.created_at, id: row.id })
    return toPage(await query.execute(), page.limit, { item: toBinding, cursor })
  }

  /** Those that a token of this issuer with these audiences could match, oldest first. */
  async candidates(issuer: string, audiences: readonly string[]): Promise<readonly WorkloadBinding[]> {
    if (audiences.length === 0) return []
    const rows = await this.#database.kysely
      .selectFrom('workload_bindings')
      .selectAll()
      .where('issuer', '=', issuer)
      .where('audience', 'in', [...audiences])
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(toBinding)
  }

  /**
   * Ends the tokens that came from it as well.
   *
   * @returns whether the account had such a binding
   */
  async remove(accountId: string, id: string, by: Actor): Promise<boolean> {
    return this.#database.transaction(async (trx) => {
      const row = await trx
        .deleteFrom('workload_bindings')
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .returningAll()
        .executeTakeFirst()
      if (!row) return false
      await this.#revocations.revoke(trx, [id], this.#clock.now() + LONGEST_TOKEN_MS)
      await this.#events.append(trx, [bindingEvent('account.unbound', toBinding(row), by)])
      return true
    })
  }
}

async function countOf(trx: Trx, accountId: string): Promise<number> {
  const { count } = await trx
    .selectFrom('workload_bindings')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Names of claims only: a value may be nobody's business who reads the log. */
function bindingEvent(
  type: 'account.bound' | 'account.unbound',
  { id, accountId, issuer, audience, claims }: WorkloadBinding,
  by: Actor,
): NewEvent {
  return {
    type,
    repoId: null,
    orgId: null,
    projectId: null,
    ...by,
    targetId: accountId,
    data: { bindingId: id, issuer, audience, claims: Object.keys(claims) },
  }
}

function toRow(binding: WorkloadBinding): WorkloadBindingRow {
  return {
    id: binding.id,
    account_id: binding.accountId,
    issuer: binding.issuer,
    audience: binding.audience,
    claims: JSON.stringify(binding.claims),
    grants: JSON.stringify(binding.grants),
    created_by: binding.createdBy,
    created_at: binding.createdAt,
  }
}

function toBinding(row: WorkloadBindingRow): WorkloadBinding {
  return {
    id: row.id,
    accountId: row.account_id,
    issuer: row.issuer,
    audience: row.audience,
    claims: JSON.parse(row.claims),
    grants: JSON.parse(row.grants),
    createdBy: row.created_by,
    createdAt: row.created_at,
  }
}
