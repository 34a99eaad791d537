/** A mirror of the API, as far as it is shown. */
import type { Mirror } from '../../client/operations.ts'
import type { Column } from '../table.ts'

const NAME: Column<Mirror> = { title: 'name', value: ({ name }) => name }
const STATE: Column<Mirror> = { title: 'state', value: ({ state }) => state }
const URL: Column<Mirror> = { title: 'url', value: ({ url }) => url, flexible: true }
const LAST_SUCCESS: Column<Mirror> = { title: 'last success', value: ({ lastSuccessAt }) => lastSuccessAt }

export const MIRRORS = [NAME, STATE, URL, LAST_SUCCESS]

export const MIRROR: readonly Column<Mirror>[] = [
  NAME,
  STATE,
  URL,
  { title: 'refs', value: ({ refs }) => refs.join(' ') },
  { title: 'refused', value: ({ refusedReason }) => refusedReason },
  { title: 'error', value: ({ lastError }) => lastError },
  {
    title: 'refused refs',
    value: ({ refusedRefs }) => refusedRefs.map(({ ref, reason }) => `${ref} (${reason})`).join(', '),
  },
  LAST_SUCCESS,
  { title: 'next attempt', value: ({ nextAttemptAt }) => nextAttemptAt },
]
