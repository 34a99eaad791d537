/** Remembers the first result of a request with an `Idempotency-Key`, so that a repetition gets it again. */
import { AppError } from '../kernel/errors.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Database } from './database.ts'
import type { IdempotencyKeyRow } from './schema.ts'

/** Which request is meant: a key counts for one principal only. */
export interface IdempotencyKey {
  /** Whoever may have the answer again; an opaque name. */
  readonly principal: string
  readonly key: string
}

export interface RememberedResponse {
  /** HTTP status. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Attempt =
  /** Nobody did it yet: do it, then `finish` or `abandon`. */
  | { readonly state: 'first' }
  /** The first one is at work. */
  | { readonly state: 'running' }
  | { readonly state: 'finished'; readonly response: RememberedResponse }

const KEEP_MS = 24 * 60 * 60_000
/** A request that has not ended by then died with its server; its key may be used again. */
const RUN_AT_MOST_MS = 10 * 60_000

export class IdempotencyKeys {
  readonly #database: Database
  readonly #clock: Clock

  constructor(parts: { database: Database; clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  /**
   * Of several at once, exactly one gets `first`.
   *
   * @param requestHash the same for requests that mean the same
   * @throws AppError `IDEMPOTENCY_KEY_REUSED`: the key was used with another request
   */
  async begin(which: IdempotencyKey, requestHash: string): Promise<Attempt> {
    const row = newRow(which, requestHash, this.#clock.now())
    const mine = await this.#database.kysely
      .insertInto('idempotency_keys')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['principal', 'key'])
          .doUpdateSet(row)
          .where('idempotency_keys.expires_at', '<=', row.created_at),
      )
      .returning('key')
      .executeTakeFirst()
    if (mine) return { state: 'first' }
    return (await this.lookup(which, requestHash)) ?? this.begin(which, requestHash) // abandoned meanwhile
  }

  /** @throws AppError `IDEMPOTENCY_KEY_REUSED` */
  async lookup({ principal, key }: IdempotencyKey, requestHash: string): Promise<Attempt | null> {
    const row = await this.#database.kysely
      .selectFrom('idempotency_keys')
      .selectAll()
      .where('principal', '=', principal)
      .where('key', '=', key)
      .where('expires_at', '>', this.#clock.now())
      .executeTakeFirst()
    if (!row) return null
    if (row.request_hash !== requestHash) throw new AppError('IDEMPOTENCY_KEY_REUSED')
    return toAttempt(row)
  }

  /** Keeps the result for a day. */
  async finish({ principal, key }: IdempotencyKey, response: RememberedResponse): Promise<void> {
    const { status, headers, body } = response
    await this.#database.kysely
      .updateTable('idempotency_keys')
      .set({ status, headers: JSON.stringify(headers), body, expires_at: this.#clock.now() + KEEP_MS })
      .where('principal', '=', principal)
      .where('key', '=', key)
      .where('status', 'is', null)
      .execute()
  }

  /** It failed in a way that a repetition may mend: the key is free again. */
  async abandon({ principal, key }: IdempotencyKey): Promise<void> {
    await this.#database.kysely
      .deleteFrom('idempotency_keys')
      .where('principal', '=', principal)
      .where('key', '=', key)
      .where('status', 'is', null)
      .execute()
  }

  /** @returns how many */
  async removeExpired(): Promise<number> {
    const { numDeletedRows } = await this.#database.kysely
      .deleteFrom('idempotency_keys')
      .where('expires_at', '<=', this.#clock.now())
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }
}

function newRow({ principal, key }: IdempotencyKey, requestHash: string, now: number): IdempotencyKeyRow {
  return {
    principal,
    key,
    request_hash: requestHash,
    status: null,
    headers: null,
    body: null,
    created_at: now,
    expires_at: now + RUN_AT_MOST_MS,
  }
}

function toAttempt({ status, headers, body }: IdempotencyKeyRow): Attempt {
  if (status === null) return { state: 'running' }
  return { state: 'finished', response: { status, headers: JSON.parse(headers ?? '{}'), body: body ?? '' } }
}
