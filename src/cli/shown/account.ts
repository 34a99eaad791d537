/** An account of the API and what is bound to it, as far as they are shown. */
import type { Account, Binding } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const ACCOUNTS: readonly Column<Account>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'name', value: ({ displayName }) => displayName, flexible: true },
  { title: 'disabled', value: ({ disabledAt }) => disabledAt },
  { title: 'created', value: ({ createdAt }) => createdAt },
]

export const BINDINGS: readonly Column<Binding>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'issuer', value: ({ issuer }) => issuer, flexible: true },
  { title: 'audience', value: ({ audience }) => audience, flexible: true },
  {
    title: 'claims',
    value: ({ claims }) =>
      Object.entries(claims)
        .map((pair) => pair.join('='))
        .join(' '),
    flexible: true,
  },
]
