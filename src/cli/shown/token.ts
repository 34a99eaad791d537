/** A long-lived token of the API, as far as it is shown. */
import type { Token } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const TOKENS: readonly Column<Token>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'name', value: ({ name }) => name, flexible: true },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'state', value: stateOf },
  { title: 'expires', value: ({ expiresAt }) => expiresAt },
  { title: 'last used', value: ({ lastUsed }) => lastUsed?.at },
]

function stateOf({ revokedAt, expiresAt }: Token): string {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now() ? 'expired' : 'valid'
}
