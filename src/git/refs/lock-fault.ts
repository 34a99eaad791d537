/** What git says when it cannot lock a ref, in our words. @see git's refs.c and refs/files-backend.c (2.39) */
import { isRefName, type RefName } from '../../kernel/ids.ts'
import type { LockFailure } from '../../kernel/ports.ts'

const KINDS: readonly (readonly [RegExp, LockFailure['kind']])[] = [
  [/exists; cannot create|non-empty directory|at the same time/, 'conflict'],
  [/non-commit object/, 'not-commit'],
  [/\.lock': File exists|unable to lock|Unable to create/i, 'locked'],
  [/but expected|already exists|unable to resolve reference|reference is missing/, 'stale'],
]
const REF = /ref '([^']+)'/

/** @returns `null` when this is no failure to lock, but one of git itself */
export function parseLockFault(stderr: string): LockFailure | null {
  const kind = KINDS.find(([pattern]) => pattern.test(stderr))?.[1]
  return kind === undefined ? null : { ref: namedRef(stderr), kind }
}

function namedRef(stderr: string): RefName | null {
  const name = REF.exec(stderr)?.[1] ?? ''
  return isRefName(name) ? name : null
}
