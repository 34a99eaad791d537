/** A member of an organisation, as far as it is shown. */
import type { Member } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const MEMBERS: readonly Column<Member>[] = [
  { title: 'account', value: ({ accountId }) => accountId },
  { title: 'role', value: ({ role }) => role },
  { title: 'name', value: ({ displayName }) => displayName, flexible: true },
]
