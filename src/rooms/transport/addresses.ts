/** The forms in which a git client names a repository. Nothing else under them is a git endpoint. */
import type { RepositoryAddress } from '../../kernel/repository.ts'
import { parseNpub } from '../../nostr/npub.ts'

type Params = Readonly<Record<string, string | undefined>>

export interface AddressForm {
  /** Route prefix, in front of `/info/refs` and the two services. */
  readonly prefix: string
  readonly address: (params: Params) => RepositoryAddress
}

/** Each form is served with and without `.git`. */
export const ADDRESS_FORMS: readonly AddressForm[] = [
  { prefix: '/:org/:repo', address: (p) => announced(p) ?? byPath(p) },
  { prefix: '/prs/:org/:repo', address: contributed },
  { prefix: '/et/:org/:repo', address: byPath },
  { prefix: '/by-id/:id', address: byId },
  { prefix: '/git/repo/:id', address: byId },
  { prefix: '/git/:name', address: (p) => ({ kind: 'surface', name: withoutSuffix(p['name']) }) },
]

function byPath(params: Params): RepositoryAddress {
  return { kind: 'path', org: params['org'] ?? '', slug: withoutSuffix(params['repo']) }
}

/** `/<npub>/<identifier>.git`; `null` where the first segment is no key. @see GRASP-01 */
function announced({ org = '', repo = '' }: Params): RepositoryAddress | null {
  const owner = parseNpub(org)
  if (owner === null) return null
  return { kind: 'nostr', owner, identifier: withoutSuffix(repo), form: 'announced' }
}

/** `/prs/<npub>/<identifier>.git`. @see GRASP-06 */
function contributed({ org = '', repo = '' }: Params): RepositoryAddress {
  return { kind: 'nostr', owner: parseNpub(org) ?? '', identifier: withoutSuffix(repo), form: 'contributed' }
}

function byId(params: Params): RepositoryAddress {
  return { kind: 'id', id: withoutSuffix(params['id']) }
}

function withoutSuffix(name = ''): string {
  return name.endsWith('.git') ? name.slice(0, -'.git'.length) : name
}
