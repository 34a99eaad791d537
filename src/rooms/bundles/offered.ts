/** How a bundle on disk is offered: under which name, and where. */
import type { Bundle } from '../../git/bundles/bundle.ts'
import type { OfferedBundle } from '../../git/wire/bundle-uri.ts'

/** Below each address of a repository. */
export const BUNDLES_PATH = 'bundles'

export function offered({ creationToken, name }: Bundle): OfferedBundle {
  return { id: String(creationToken), uri: `${BUNDLES_PATH}/${name}`, creationToken }
}
