/** Settings of the secret scan, per repository. */
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { Database, Trx } from '../database.ts'
import type { Actor, EventLog } from '../log/events.ts'
import { prepareQuery } from '../prepared-query.ts'
import { lockWritable } from '../read-repository.ts'
import { rememberUnchanged } from '../remember-unchanged.ts'
import type { NamedRow } from '../repository-rows.ts'
import type { SecretScanRow } from '../schema.ts'
import { scanChanged } from './scan-events.ts'
import { settingsOf, toSettingsRow, type ScanSettings } from './scan-settings.ts'

type ReadSettings = (repoId: RepoId) => Promise<readonly SecretScanRow[]>

export class SecretScans {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock
  readonly #read: ReadSettings

  constructor(parts: { database: Database; events: EventLog; clock: Clock }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
    const { kysely, version } = parts.database
    const query = prepareQuery<SecretScanRow, { repoId: string }>(kysely, (slot) =>
      kysely.selectFrom('secret_scans').selectAll().where('repo_id', '=', slot('repoId')),
    )
    const read: ReadSettings = (repoId) => query({ repoId })
    this.#read = rememberUnchanged(version, ['secret_scans'], read, (repoId) => repoId)
  }

  /** Asked for every push: no query while nobody changes any. */
  async of(repo: Pick<Repository, 'id' | 'kind'>): Promise<ScanSettings> {
    const [row] = await this.#read(repo.id)
    return settingsOf(repo, row)
  }

  /** @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED` */
  async put(repoId: RepoId, settings: ScanSettings, by: Actor): Promise<void> {
    await this.#database.transaction(async (trx) => {
      const repo = await lockWritable(this.#database, trx, repoId)
      await this.set(trx, repo, settings, by)
    })
  }

  /** As `put`, inside a transaction that holds the repository; last but for other events. */
  async set(trx: Trx, repo: NamedRow, settings: ScanSettings, by: Actor): Promise<void> {
    const row = toSettingsRow(repo.id as RepoId, settings, { by: by.actorId, now: this.#clock.now() })
    await trx
      .insertInto('secret_scans')
      .values(row)
      .onConflict((conflict) => conflict.column('repo_id').doUpdateSet(row))
      .execute()
    await this.#events.append(trx, [scanChanged(repo, settings, by)])
  }
}
