/** Who may be told of an event, by what it is about. Pure: whether somebody may do that is access.ts. */
import type { Action } from './grants.ts'

/** Families that are nobody's business but the owners'. */
const OWNERS_ONLY = [
  'token.',
  'account.',
  'member.',
  'key.',
  'hook.',
  'mirror.',
  'protection.',
  'job.',
  'admin.',
]
const OWNERS_ONLY_TYPES = /^repo\.collaborator_/

/**
 * What one must be allowed to do with the repository of an event to be told of it. An event without a
 * repository is for administrators of the server only.
 */
export function actionToSee(type: string): Extract<Action, 'read' | 'admin'> {
  const owners = OWNERS_ONLY.some((family) => type.startsWith(family)) || OWNERS_ONLY_TYPES.test(type)
  return owners ? 'admin' : 'read'
}
