/** The rules of branches, per repository. What they refuse: see rooms/repos/rules. */
import type { Kysely } from 'kysely'
import { AppError } from '../kernel/errors.ts'
import { branchRef, type RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import { prepareQuery } from './prepared-query.ts'
import {
  isSameRule,
  rulesOn,
  toProtection,
  toProtectionRow,
  type Protection,
  type ProtectionRule,
} from './protection-rules.ts'
import { lockWritable } from './read-repository.ts'
import { rememberUnchanged } from './remember-unchanged.ts'
import { repositoryEvent } from './repository-events.ts'
import type { BranchProtectionRow, Schema } from './schema.ts'

type ReadRules = (repoId: RepoId) => Promise<readonly Protection[]>

/** Each one is looked at for every ref of a push. */
const MAX_RULES = 100

export class Protections {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock
  readonly #read: ReadRules

  constructor(parts: { database: Database; events: EventLog; clock: Clock }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
    const { kysely, version } = parts.database
    this.#read = rememberUnchanged(version, ['branch_protections'], readRules(kysely), (repoId) => repoId)
  }

  /** By pattern. Asked for every push: no query while nobody changes any. */
  of(repoId: RepoId): Promise<readonly Protection[]> {
    return this.#read(repoId)
  }

  /** @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`; `UNPROCESSABLE`: the repository has 100 rules */
  async put(
    repoId: RepoId,
    rule: ProtectionRule,
    by: Actor,
  ): Promise<{ readonly result: 'added' | 'changed' | 'same'; readonly protection: Protection }> {
    return this.#database.transaction(async (trx) => {
      const repo = await lockWritable(this.#database, trx, repoId)
      const rules = await readRules(trx)(repoId)
      const known = rules.find(({ pattern }) => pattern === rule.pattern)
      if (known && isSameRule(known, rule)) return { result: 'same', protection: known }
      if (!known && rules.length >= MAX_RULES) throw tooMany()
      const now = this.#clock.now()
      const protection = { ...rule, createdAt: known?.createdAt ?? now, updatedAt: now }
      await write(trx, repoId, protection)
      await this.#events.append(trx, [repositoryEvent(repo, by, 'protection.changed', rule)])
      return { result: known ? 'changed' : 'added', protection }
    })
  }

  /**
   * @returns false when there was none
   * @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`
   */
  async remove(repoId: RepoId, pattern: string, by: Actor): Promise<boolean> {
    return this.#database.transaction(async (trx) => {
      const repo = await lockWritable(this.#database, trx, repoId)
      const { numDeletedRows } = await trx
        .deleteFrom('branch_protections')
        .where('repo_id', '=', repoId)
        .where('pattern', '=', pattern)
        .executeTakeFirstOrThrow()
      if (numDeletedRows === 0n) return false
      await this.#events.append(trx, [repositoryEvent(repo, by, 'protection.removed', { pattern })])
      return true
    })
  }
}

/** Does any rule hold this branch? @param branch short name */
export function isProtected(rules: readonly ProtectionRule[], branch: string): boolean {
  return rulesOn(rules, branchRef(branch)).length > 0
}

function readRules(kysely: Kysely<Schema>): ReadRules {
  const query = prepareQuery<BranchProtectionRow, { repoId: string }>(kysely, (slot) =>
    kysely
      .selectFrom('branch_protections')
      .selectAll()
      .where('repo_id', '=', slot('repoId'))
      .orderBy('pattern'),
  )
  return async (repoId) => (await query({ repoId })).map(toProtection)
}

async function write(trx: Trx, repoId: RepoId, protection: Protection): Promise<void> {
  const row = toProtectionRow(repoId, protection)
  await trx
    .insertInto('branch_protections')
    .values(row)
    .onConflict((conflict) => conflict.columns(['repo_id', 'pattern']).doUpdateSet(row))
    .execute()
}

function tooMany(): AppError {
  const reason = `a repository has at most ${MAX_RULES} rules; use patterns`
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
