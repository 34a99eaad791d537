/** A key registered at a forge, as its row tells it, and the names of the seal and of the job for it. */
import type { RepoId } from '../../kernel/ids.ts'
import type { DeployKeyRow } from '../schema.ts'

/** Type of the jobs that remove keys at forges; their key is the id of the row. */
export const GATE_KEY_REVOKE = 'gate_key_revoke'

export interface DeployKeyJob {
  readonly deployKeyId: string
}

export type DeployKeyProvider = DeployKeyRow['provider']

export interface DeployKey {
  readonly id: string
  readonly repoId: RepoId
  readonly provider: DeployKeyProvider
  readonly apiUrl: string
  /** PEM; the only authority that is trusted for `apiUrl`. `null`: those of the system. */
  readonly ca: string | null
  /** `<owner>/<name>` at the forge. */
  readonly remotePath: string
  readonly title: string
  /** `null`: it is not known whether the forge has it. */
  readonly providerKeyId: string | null
  /** `SHA256:…` */
  readonly fingerprint: string
  /** Token by which it is removed, sealed for `provisionerOfKey(id)`. */
  readonly provisionerSealed: string
  /** `revoking`: it is used no more, and not known to be removed. */
  readonly state: DeployKeyRow['state']
  /** Not to be removed before; of one in use, when it ends. Milliseconds since 1970, as all times. */
  readonly expiresAt: number | null
  /** Why it could not be removed. */
  readonly lastError: string | null
  readonly createdAt: number
}

export function provisionerOfKey(id: string): string {
  return `${id} deploy key provisioner`
}

export function toDeployKey(row: DeployKeyRow): DeployKey {
  return {
    id: row.id,
    repoId: row.repo_id as RepoId,
    provider: row.provider,
    apiUrl: row.api_url,
    ca: row.ca,
    remotePath: row.remote_path,
    title: row.title,
    providerKeyId: row.provider_key_id,
    fingerprint: row.fingerprint,
    provisionerSealed: row.provisioner_sealed,
    state: row.state,
    expiresAt: row.expires_at,
    lastError: row.last_error,
    createdAt: row.created_at,
  }
}
