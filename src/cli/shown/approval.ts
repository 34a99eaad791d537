/** An approval of the API, as far as it is shown. */
import type { Approval } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const APPROVALS: readonly Column<Approval>[] = [
  { title: 'fingerprint', value: ({ fingerprint }) => fingerprint },
  { title: 'state', value: ({ state }) => state },
  { title: 'rule', value: ({ rule }) => rule },
  { title: 'where', value: whereOf, flexible: true },
  { title: 'secret', value: ({ redacted }) => redacted },
  {
    title: 'reason',
    value: ({ reason, inlineAllow }) => reason ?? (inlineAllow ? 'a comment asks for it' : null),
    flexible: true,
  },
]

function whereOf({ path, line, commit }: Approval): string | null {
  if (path === null) return null
  return `${path}${line === null ? '' : `:${line}`}${commit === null ? '' : ` in ${commit.slice(0, 12)}`}`
}
