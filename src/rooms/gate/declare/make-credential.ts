/** Seals what an upstream is connected with; makes it at a forge where it is a deploy key. */
import type { RepoId } from '../../../kernel/ids.ts'
import { privateKeyFingerprint } from '../../../kernel/upstream/private-key.ts'
import { parseUpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import { credentialOf, provisionerOf } from '../../../store/upstreams/upstream-rows.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import type { WantedUpstream } from '../../../store/upstreams/wanted-upstream.ts'
import type { DeployKeyOrder, MadeDeployKey } from '../keys/make-deploy-key.ts'
import type { Wanted, WantedFields } from './wanted.ts'

export interface MakeCredentialParts {
  readonly seal: Pick<Seal, 'seal'>
  /** @throws AppError `UNPROCESSABLE`, `UPSTREAM_UNAVAILABLE`, `OUTBOUND_REFUSED`; nothing is left at the forge */
  readonly makeDeployKey: (order: DeployKeyOrder) => Promise<MadeDeployKey>
}

/**
 * @returns a deploy key in it is removed again by `giveUp`, or in a while by itself, unless it is put to use
 * @throws AppError as `makeDeployKey`
 */
export async function makeCredential(
  parts: MakeCredentialParts,
  repoId: RepoId,
  { fields, secret }: Wanted,
  known: Upstream | null,
): Promise<WantedUpstream> {
  const sealed = (plain: string) => parts.seal.seal(plain, credentialOf(repoId))
  switch (secret.kind) {
    case 'keep':
      return { ...fields, credential: null, provisionerSealed: known?.provisionerSealed ?? null }
    case 'privateKey': {
      const fingerprint = privateKeyFingerprint(secret.secret)
      const credential = { sealed: sealed(secret.secret), fingerprint, deployKeyId: null }
      return { ...fields, credential, provisionerSealed: null }
    }
    case 'token': {
      const credential = { sealed: sealed(secret.secret), fingerprint: null, deployKeyId: null }
      return { ...fields, credential, provisionerSealed: null }
    }
    case 'make': {
      const provisionerSealed = parts.seal.seal(secret.provisionerToken, provisionerOf(repoId))
      if (secret.keepsKey) return { ...fields, credential: null, provisionerSealed }
      const made = await parts.makeDeployKey(orderOf(repoId, fields, secret.provisionerToken))
      const { id: deployKeyId, fingerprint, privateKey } = made
      return {
        ...fields,
        credential: { sealed: sealed(privateKey), fingerprint, deployKeyId },
        provisionerSealed,
      }
    }
  }
}

function orderOf(repoId: RepoId, fields: WantedFields, provisionerToken: string): DeployKeyOrder {
  const { provider, url, apiUrl, ca } = fields
  if (provider === 'static' || provider === 'token') throw new Error(`${provider} makes no deploy keys`)
  return { repoId, provider, upstreamUrl: parseUpstreamUrl(url), apiUrl, ca, provisionerToken }
}
