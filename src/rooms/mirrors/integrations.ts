/** The GitHub repository that an organisation has integrated at the network, as the mirror of one of its repositories. */
import type { Repository } from '../../kernel/repository.ts'
import type { GithubIntegration } from '../../http/aura-network.ts'
import type { IntegrationMirrors } from '../../store/mirrors/integration-mirrors.ts'
import type { Mirror } from '../../store/mirrors/mirror-rows.ts'
import { tokenCredential, type RemoteCredential } from './credential.ts'
import { ALL_REFS } from './mirror-json.ts'
import { remoteKeyOf } from './remote-url.ts'

export interface IntegrationParts {
  readonly integrationMirrors: Pick<IntegrationMirrors, 'claim' | 'drop'>
  readonly integrationsOf: (orgId: string) => Promise<GithubIntegration | null>
  /** Where GitHub is; without a slash at the end. */
  readonly githubUrl: string
}

export interface MirrorOfIntegration {
  readonly mirror: Mirror
  readonly credential: RemoteCredential
}

/**
 * Looked up anew, so that a token which was changed or taken back there is not used here.
 *
 * @returns `null`: the organisation has integrated nothing, or the repository is gone
 * @throws AppError `UNAVAILABLE`: the network does not answer
 */
export async function mirrorOfIntegration(
  { integrationMirrors, integrationsOf, githubUrl }: IntegrationParts,
  { id, orgId }: Pick<Repository, 'id' | 'orgId'>,
): Promise<MirrorOfIntegration | null> {
  const github = await integrationsOf(orgId)
  if (github === null) {
    await integrationMirrors.drop(id)
    return null
  }
  const url = new URL(`${githubUrl}/${github.owner}/${github.repo.replace(/\.git$/, '')}.git`)
  const remote = { url: url.href, remoteKey: remoteKeyOf(url), refs: ALL_REFS }
  const mirror = await integrationMirrors.claim(id, remote)
  return mirror && { mirror, credential: tokenCredential(github.token) }
}
