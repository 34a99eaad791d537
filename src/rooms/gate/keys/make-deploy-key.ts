/** Makes a key and registers it at a forge. It is removed there again unless `DeployKeys.switchTo` takes it into use. */
import type { RepoId } from '../../../kernel/ids.ts'
import type { UpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'
import type { DeployKeyProvider } from '../../../store/upstreams/deploy-key-rows.ts'
import type { DeployKeys } from '../../../store/upstreams/deploy-keys.ts'
import type { Seal } from '../../../store/secrets/seal.ts'

export interface DeployKeyOrder {
  readonly repoId: RepoId
  readonly provider: DeployKeyProvider
  /** Of the upstream: its path names the repository at the forge, its host the API unless `apiUrl` does. */
  readonly upstreamUrl: UpstreamUrl
  readonly apiUrl: string | null
  /** PEM; as of the upstream. */
  readonly ca: string | null
  readonly provisionerToken: string
}

export interface MadeDeployKey {
  /** For `DeployKeys.switchTo`, and `deploy_key_id` of the upstream. */
  readonly id: string
  /** In the format of OpenSSH. */
  readonly privateKey: string
  /** `SHA256:…` */
  readonly fingerprint: string
  readonly title: string
}

export interface MakeDeployKeyParts {
  readonly deployKeys: Pick<DeployKeys, 'begin' | 'noteRegistered' | 'giveUp' | 'drop'>
  readonly seal: Pick<Seal, 'seal'>
  readonly newId: () => string
}

/**
 * If the caller then does not use it, `deployKeys.giveUp` removes it at once; if he dies, a job does.
 *
 * @throws AppError `UNPROCESSABLE`: the forge refuses the key or the token, or there is no such repository; details name
 *   it and the title. `UPSTREAM_UNAVAILABLE`: the forge cannot be asked. `OUTBOUND_REFUSED`. Nothing is left at the forge.
 */
export async function makeDeployKey(
  _parts: MakeDeployKeyParts,
  _order: DeployKeyOrder,
  _signal: AbortSignal,
): Promise<MadeDeployKey> {
  throw new Error('not there yet')
}
