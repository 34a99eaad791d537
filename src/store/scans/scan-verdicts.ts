/**
 * Objects in which a version of a rule set has found nothing, of all repositories: nothing is scanned twice.
 * What has findings is not here; whether these count depends on where it lies.
 */
import { LRUCache } from 'lru-cache'
import type { Oid } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../database.ts'

/** About 150 bytes each. */
const MAX_REMEMBERED = 50_000
/** SQLite takes 32,766 values in a statement. */
const MAX_IN_STATEMENT = 1_000

export class ScanVerdicts {
  readonly #database: Database
  readonly #clock: Clock
  readonly #remembered = new LRUCache<string, true>({ max: MAX_REMEMBERED })

  constructor(parts: { database: Database; clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  /** Those that have to be scanned, in order. */
  async unknown(version: string, oids: readonly Oid[]): Promise<readonly Oid[]> {
    const asked = oids.filter((oid) => !this.#remembered.get(keyOf(version, oid)))
    const known = new Set<string>()
    for (const part of partsOf(asked)) {
      const rows = await this.#database.kysely
        .selectFrom('scan_verdicts')
        .select('oid')
        .where('rules_version', '=', version)
        .where('oid', 'in', part)
        .execute()
      for (const { oid } of rows) known.add(oid)
    }
    this.#remember(version, [...known] as Oid[])
    return asked.filter((oid) => !known.has(oid))
  }

  async add(version: string, oids: readonly Oid[]): Promise<void> {
    const created_at = this.#clock.now()
    for (const part of partsOf(oids)) {
      await this.#database.kysely
        .insertInto('scan_verdicts')
        .values(part.map((oid) => ({ oid, rules_version: version, created_at })))
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
    this.#remember(version, oids)
  }

  /** They are scanned anew if they are ever pushed again. @param before milliseconds since 1970 */
  async forget(before: number): Promise<void> {
    await this.#database.kysely.deleteFrom('scan_verdicts').where('created_at', '<', before).execute()
  }

  #remember(version: string, oids: readonly Oid[]): void {
    for (const oid of oids) this.#remembered.set(keyOf(version, oid), true)
  }
}

function keyOf(version: string, oid: Oid): string {
  return `${version} ${oid}`
}

function* partsOf(oids: readonly Oid[]): Generator<readonly Oid[]> {
  for (let at = 0; at < oids.length; at += MAX_IN_STATEMENT) yield oids.slice(at, at + MAX_IN_STATEMENT)
}
