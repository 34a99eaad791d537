/** Could a token do anything at all that is within the limits of another one? Friendliness, no permission: that is judged at each use. */
import { layersOf } from '../../kernel/access.ts'
import type { GrantAction, Grants, GrantTarget } from '../../kernel/grants.ts'

/** False only where it is certain; two names of different forms may be of the same repository. */
export function haveInCommon(asked: Grants, within: Grants): boolean {
  return layersOf(within).every((layer) =>
    asked.repositories.some((a) =>
      layer.repositories.some((b) => mayBeSame(a.target, b.target) && mayMeet(a.actions, b.actions)),
    ),
  )
}

function mayBeSame(a: GrantTarget, b: GrantTarget): boolean {
  if (a.kind === 'id' && b.kind === 'id') return a.id === b.id
  if (a.kind === 'surface' && b.kind === 'surface') return a.name === b.name
  if (a.kind === 'path' && b.kind === 'path') return slugIn(a.path) === slugIn(b.path)
  return true
}

/** An organisation may be named by its slug or its id. */
function slugIn(path: string): string {
  return path.slice(path.indexOf('/') + 1)
}

/** Each action but `create` includes reading. */
function mayMeet(a: readonly GrantAction[], b: readonly GrantAction[]): boolean {
  const creates = a.includes('create') && b.includes('create')
  return creates || [a, b].every((actions) => actions.some((action) => action !== 'create'))
}
