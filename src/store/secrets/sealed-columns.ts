/** Every column that is sealed: by which part of the server, and for what. A list: a test holds it equal to the schema. */
import type { Selectable } from 'kysely'
import type { RepoId } from '../../kernel/ids.ts'
import { sealedFor } from '../mirrors/mirror-rows.ts'
import type { Schema } from '../schema.ts'
import { provisionerOfKey } from '../upstreams/deploy-key-rows.ts'
import { credentialOf, provisionerOf } from '../upstreams/upstream-rows.ts'

export interface SealedColumn<Table extends keyof Schema = keyof Schema> {
  readonly table: Table
  readonly column: string
  /** As `openSeal` is given it. */
  readonly purpose: string
  /** Name of a row for the seal. */
  readonly rowOf: (row: never) => string
}

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  sealed('signing_keys', 'private_encrypted', 'signing keys', ({ kid }) => kid),
  sealed('device_logins', 'upstream_code', 'device logins', ({ hash }) => hash),
  sealed('hooks', 'secret_sealed', 'webhooks', ({ id }) => id),
  sealed('hooks', 'old_secret_sealed', 'webhooks', ({ id }) => id),
  sealed('mirrors', 'credential_sealed', 'mirrors', sealedFor),
  sealed('upstreams', 'credential_sealed', 'upstreams', (row) => credentialOf(row.repo_id as RepoId)),
  sealed('upstreams', 'provisioner_sealed', 'upstreams', (row) => provisionerOf(row.repo_id as RepoId)),
  sealed('deploy_keys', 'provisioner_sealed', 'upstreams', ({ id }) => provisionerOfKey(id)),
]

function sealed<Table extends keyof Schema>(
  table: Table,
  column: string & keyof Schema[Table],
  purpose: string,
  rowOf: (row: Selectable<Schema[Table]>) => string,
): SealedColumn {
  return { table, column, purpose, rowOf }
}
