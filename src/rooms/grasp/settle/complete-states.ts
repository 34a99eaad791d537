/** Whether all that a state declares is somewhere among the repositories that it counts for. */
import type { Oid } from '../../../kernel/ids.ts'
import type { SignedState } from '../authorised-states.ts'
import type { ObjectSharing } from './bring-objects.ts'
import { sourcesOf, type Family } from './family.ts'

export function isComplete(
  { objectsHere }: Pick<ObjectSharing, 'objectsHere'>,
  family: Family,
  state: SignedState,
): boolean {
  const declared = [...state.declared.refs.values()]
  if (declared.includes(null)) return false
  let missing = new Set(declared as Oid[])
  for (const { repo } of sourcesOf(family, state)) {
    if (missing.size === 0) break
    const here = objectsHere(repo, missing)
    missing = new Set([...missing].filter((oid) => !here.has(oid)))
  }
  return missing.size === 0
}
