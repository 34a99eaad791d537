/** Who a token is of. */
import type { WhoAmI } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const SELF: readonly Column<WhoAmI>[] = [
  { title: 'name', value: ({ account }) => account?.displayName },
  { title: 'account', value: ({ account }) => account?.id },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'email', value: ({ account }) => account?.email },
  {
    title: 'acting for',
    value: ({ actingFor }) => actingFor && `${actingFor.displayName} (${actingFor.id})`,
  },
  { title: 'administrator', value: ({ administrator }) => administrator },
  { title: 'token', value: ({ token }) => token && `${token.id} (${token.kind})` },
  { title: 'expires', value: ({ token }) => token?.expiresAt },
  { title: 'scope', value: ({ grants }) => grants.scope },
  { title: 'details', value: ({ grants }) => listed(grants.authorizationDetails) },
  { title: 'within', value: ({ grants }) => listed(grants.within) },
]

function listed(entries: readonly unknown[]): string {
  return entries.map((entry) => JSON.stringify(entry)).join(' ')
}
