/** The settings of the secret scan, as far as they are shown. */
import type { Scan } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const SCAN: readonly Column<Scan>[] = [
  { title: 'scan', value: ({ enabled }) => (enabled ? 'on' : 'off') },
  { title: 'rules', value: ({ rules }) => rules },
  { title: 'waits for approval', value: ({ approvalWaitMs }) => `${approvalWaitMs / 1000} s` },
  {
    title: 'allowed',
    value: ({ allow }) => allow.map(({ path, rule }) => [path, rule].filter(Boolean).join(' ')).join(', '),
  },
]
