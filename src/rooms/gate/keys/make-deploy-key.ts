/** Makes a key and registers it at a forge. It is removed there again unless `DeployKeys.switchTo` takes it into use. */
import { AppError } from '../../../kernel/errors.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { UpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'
import { provisionerOfKey, type DeployKeyProvider } from '../../../store/upstreams/deploy-key-rows.ts'
import type { DeployKeys } from '../../../store/upstreams/deploy-keys.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import { newEd25519Key } from './ed25519-key.ts'
import { apiRoot, remotePathOf } from './forge-address.ts'
import type { ForgeExchangeParts } from './forge-exchange.ts'
import { ForgeKeys, type ForgeRepository, type Registered } from './forge-keys.ts'

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

export interface MakeDeployKeyParts extends ForgeExchangeParts {
  readonly deployKeys: Pick<DeployKeys, 'begin' | 'noteRegistered' | 'giveUp' | 'drop'>
  readonly seal: Pick<Seal, 'seal'>
  readonly newId: () => string
}

/**
 * Not to be broken off: nobody would know what the forge has. If the caller then does not use it,
 * `deployKeys.giveUp` removes it at once; if he dies, a job does.
 *
 * @throws AppError `UNPROCESSABLE`: the forge refuses the key or the token, or there is no such repository; details name
 *   it and the title. `UPSTREAM_UNAVAILABLE`: the forge cannot be asked. `OUTBOUND_REFUSED`. Nothing is left at the
 *   forge.
 */
export async function makeDeployKey(
  parts: MakeDeployKeyParts,
  order: DeployKeyOrder,
): Promise<MadeDeployKey> {
  const { deployKeys, newId } = parts
  const id = newId()
  const title = `sluice ${id}`
  const { privateKey, publicKey, fingerprint } = newEd25519Key(title)
  const forge = forgeOf(order)
  await deployKeys.begin({
    ...forge,
    id,
    repoId: order.repoId,
    title,
    fingerprint,
    ...sealedOf(parts, order, id),
  })
  const registered = await register(parts, { ...forge, token: order.provisionerToken }, title, publicKey)
  switch (registered.kind) {
    case 'registered':
      await deployKeys.noteRegistered(id, registered.id)
      return { id, privateKey, fingerprint, title }
    case 'refused':
      await deployKeys.drop(id)
      throw registered.error
    case 'unknown':
      await deployKeys.giveUp({ id, repoId: order.repoId })
      throw registered.error
  }
}

/** @throws AppError `UNPROCESSABLE` */
function forgeOf({ provider, upstreamUrl, apiUrl, ca }: DeployKeyOrder): Omit<ForgeRepository, 'token'> {
  return {
    provider,
    apiUrl: apiRoot(provider, apiUrl, upstreamUrl),
    ca,
    remotePath: remotePathOf(upstreamUrl),
  }
}

function sealedOf({ seal }: MakeDeployKeyParts, { provisionerToken }: DeployKeyOrder, id: string) {
  if (provisionerToken === '') throw new AppError('UNPROCESSABLE', { details: { reason: NO_TOKEN } })
  return { provisionerSealed: seal.seal(provisionerToken, provisionerOfKey(id)) }
}

const NO_TOKEN = 'a deploy key is made with a provisioner token; give one'

/** An address that is refused is asked for nothing. */
async function register(
  parts: MakeDeployKeyParts,
  forge: ForgeRepository,
  title: string,
  publicKey: string,
): Promise<Registered> {
  try {
    return await new ForgeKeys(parts, forge).register(title, publicKey)
  } catch (err) {
    if (!(err instanceof AppError)) throw err
    return { kind: err.code === 'OUTBOUND_REFUSED' ? 'refused' : 'unknown', error: err }
  }
}
