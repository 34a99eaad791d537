/** How a bundle on disk is offered: under which name, and where. */
import type { Bundle } from '../../git/bundles/bundle.ts'
import type { OfferedBundle } from '../../git/wire/bundle-uri.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

/** Below each address of a repository. */
export const BUNDLES_PATH = 'bundles'

/** To git that asks by protocol v2: relative, so that a credential in its URL of the repository counts here, too. */
export function offered({ creationToken, name }: Bundle): OfferedBundle {
  return { id: String(creationToken), uri: `${BUNDLES_PATH}/${name}`, creationToken }
}

/** In a file: git before 2.40 takes no relative address there. */
export function offeredAt(baseUrl: string, { id }: RepoHandle, bundle: Bundle): OfferedBundle {
  return { ...offered(bundle), uri: `${baseUrl}/by-id/${id}/${BUNDLES_PATH}/${bundle.name}` }
}
