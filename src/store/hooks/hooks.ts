/** Webhooks of repositories and organisations: made, changed and removed. What they are told: see deliveries/. */
import type { Kysely } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { Actor, EventLog } from '../log/events.ts'
import type { HookRow, Schema } from '../schema.ts'
import type { Seal } from '../secrets/seal.ts'
import { eventAbout, lockOwner, type HookPlace } from './hook-events.ts'
import { toFieldColumns, toHook, type Hook, type HookFields, type HookOwner } from './hook.ts'

export interface HooksParts {
  readonly database: Database
  readonly events: EventLog
  readonly seal: Seal
  readonly clock: Clock
  readonly newId: () => string
}

/** Each one is looked at for every event of its owner. */
const MAX_HOOKS = 20
/** For so long a secret that was replaced signs beside the new one. */
const OLD_SECRET_MS = 24 * 3600_000

export class Hooks {
  readonly #parts: HooksParts

  constructor(parts: HooksParts) {
    this.#parts = parts
  }

  /** Oldest first; there are at most 20. */
  async list(owner: HookOwner): Promise<Hook[]> {
    const rows = await hooksOf(this.#parts.database.kysely, owner)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(toHook)
  }

  /** @returns `null`: the owner has no such hook */
  async find(owner: HookOwner, id: string): Promise<Hook | null> {
    const row = await hooksOf(this.#parts.database.kysely, owner).where('id', '=', id).executeTakeFirst()
    return row ? toHook(row) : null
  }

  /**
   * It is told what happens from now on, its own making not among it.
   *
   * @param secret as it is shown
   * @throws AppError `REPO_NOT_FOUND`; `UNPROCESSABLE`: the owner has 20 hooks
   */
  async create(owner: HookOwner, fields: HookFields, secret: string, by: Actor): Promise<Hook> {
    const { newId, seal, clock } = this.#parts
    const id = newId()
    const row: HookRow = {
      id,
      org_id: owner.kind === 'organisation' ? owner.id : null,
      repo_id: owner.kind === 'repository' ? owner.id : null,
      since_sequence: 0,
      ...toFieldColumns(fields),
      secret_sealed: seal.seal(secret, id),
      old_secret_sealed: null,
      old_secret_until: null,
      inactive_reason: null,
      created_by: by.actorId,
      created_at: clock.now(),
      updated_at: clock.now(),
    }
    return this.#change(owner, async (trx, place) => {
      if ((await hooksOf(trx, owner).execute()).length >= MAX_HOOKS) throw tooMany()
      await trx.insertInto('hooks').values(row).execute()
      await this.#tell(trx, place, by, 'hook.created', row)
      const told = await trx
        .selectFrom('events')
        .select(({ fn }) => fn.max('sequence').as('last'))
        .executeTakeFirstOrThrow()
      return this.#write(trx, id, { since_sequence: Number(told.last) })
    })
  }

  /** @returns `null`: the owner has no such hook. @throws AppError `REPO_NOT_FOUND` */
  update(owner: HookOwner, id: string, fields: Partial<HookFields>, by: Actor): Promise<Hook | null> {
    return this.#change(owner, async (trx, place) => {
      const before = await hooksOf(trx, owner).where('id', '=', id).executeTakeFirst()
      if (!before) return null
      const columns = toFieldColumns({ ...toHook(before), ...fields })
      const hook = await this.#write(trx, id, { ...columns, inactive_reason: null })
      await this.#tell(trx, place, by, 'hook.updated', { id, ...columns })
      return hook
    })
  }

  /** The secret that it replaces signs as well for 24 hours. @returns `null`: the owner has no such hook */
  replaceSecret(owner: HookOwner, id: string, secret: string, by: Actor): Promise<Hook | null> {
    const { seal, clock } = this.#parts
    return this.#change(owner, async (trx, place) => {
      const before = await hooksOf(trx, owner).where('id', '=', id).executeTakeFirst()
      if (!before) return null
      const hook = await this.#write(trx, id, {
        secret_sealed: seal.seal(secret, id),
        old_secret_sealed: before.secret_sealed,
        old_secret_until: clock.now() + OLD_SECRET_MS,
      })
      await this.#tell(trx, place, by, 'hook.secret_replaced', before)
      return hook
    })
  }

  /** With what was delivered, and what was to be. @returns false: the owner has no such hook */
  remove(owner: HookOwner, id: string, by: Actor): Promise<boolean> {
    return this.#change(owner, async (trx, place) => {
      const before = await hooksOf(trx, owner).where('id', '=', id).executeTakeFirst()
      if (!before) return false
      await trx.deleteFrom('deliveries').where('receiver', '=', id).execute()
      await trx.deleteFrom('hooks').where('id', '=', id).execute()
      await this.#tell(trx, place, by, 'hook.deleted', before)
      return true
    })
  }

  /** The server itself switches it off. Does nothing if it is off, or gone. @param reason shown to owners */
  async disable({ id, owner }: Pick<Hook, 'id' | 'owner'>, reason: string): Promise<void> {
    await this.#change(owner, async (trx, place) => {
      const before = await hooksOf(trx, owner).where('id', '=', id).where('active', '=', 1).executeTakeFirst()
      if (!before) return
      await this.#write(trx, id, { active: 0, inactive_reason: reason })
      await this.#tell(trx, place, { actorId: null, agentId: null }, 'hook.disabled', before, { reason })
    })
  }

  #change<T>(owner: HookOwner, work: (trx: Trx, place: HookPlace) => Promise<T>): Promise<T> {
    const { database } = this.#parts
    return database.transaction(async (trx) => work(trx, await lockOwner(database, trx, owner)))
  }

  async #write(trx: Trx, id: string, change: Partial<HookRow>): Promise<Hook> {
    const updated_at = this.#parts.clock.now()
    const query = trx.updateTable('hooks').set({ ...change, updated_at })
    return toHook(await query.where('id', '=', id).returningAll().executeTakeFirstOrThrow())
  }

  #tell(
    trx: Trx,
    place: HookPlace,
    by: Actor,
    type: `hook.${string}`,
    hook: Pick<HookRow, 'id' | 'url'>,
    more: object = {},
  ): Promise<void> {
    return this.#parts.events.append(trx, [eventAbout(place, by, type, hook, more)])
  }
}

function hooksOf(kysely: Kysely<Schema>, { kind, id }: HookOwner) {
  return kysely
    .selectFrom('hooks')
    .selectAll()
    .where(kind === 'repository' ? 'repo_id' : 'org_id', '=', id)
}

function tooMany(): AppError {
  const reason = `there are at most ${MAX_HOOKS} webhooks of one repository or organisation`
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
