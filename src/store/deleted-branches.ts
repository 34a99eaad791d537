/** Where protected branches were when they were deleted, so that making them anew does not rewrite them. */
import type { Oid, RefName, RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Database } from './database.ts'

export class DeletedBranches {
  readonly #database: Database
  readonly #clock: Clock

  constructor(parts: { database: Database; clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  /** Before the branch goes; a deletion that fails after all leaves a value that nobody asks for. */
  async keep(repoId: RepoId, ref: RefName, oid: Oid): Promise<void> {
    const value = { oid, deleted_at: this.#clock.now() }
    await this.#database.kysely
      .insertInto('deleted_branches')
      .values({ repo_id: repoId, ref, ...value })
      .onConflict((conflict) => conflict.columns(['repo_id', 'ref']).doUpdateSet(value))
      .execute()
  }

  /** `null` when the branch was never deleted while a rule held it. */
  async lastValue(repoId: RepoId, ref: RefName): Promise<Oid | null> {
    const row = await this.#database.kysely
      .selectFrom('deleted_branches')
      .select('oid')
      .where('repo_id', '=', repoId)
      .where('ref', '=', ref)
      .executeTakeFirst()
    return (row?.oid as Oid | undefined) ?? null
  }
}
