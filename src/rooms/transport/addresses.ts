/** The forms in which a git client names a repository. Nothing else under them is a git endpoint. */
import type { RepositoryAddress } from '../../kernel/repository.ts'

type Params = Readonly<Record<string, string | undefined>>

export interface AddressForm {
  /** Route prefix, in front of `/info/refs` and the two services. */
  readonly prefix: string
  readonly address: (params: Params) => RepositoryAddress
}

/** Each form is served with and without `.git`. */
export const ADDRESS_FORMS: readonly AddressForm[] = [
  { prefix: '/:org/:repo', address: byPath },
  { prefix: '/et/:org/:repo', address: byPath },
  { prefix: '/by-id/:id', address: byId },
  { prefix: '/git/repo/:id', address: byId },
  { prefix: '/git/:name', address: (p) => ({ kind: 'surface', name: withoutSuffix(p['name']) }) },
]

function byPath(params: Params): RepositoryAddress {
  return { kind: 'path', org: params['org'] ?? '', slug: withoutSuffix(params['repo']) }
}

function byId(params: Params): RepositoryAddress {
  return { kind: 'id', id: withoutSuffix(params['id']) }
}

function withoutSuffix(name = ''): string {
  return name.endsWith('.git') ? name.slice(0, -'.git'.length) : name
}
