/** What git says when it cannot lock a ref, in our words. @see git's refs.c and refs/files-backend.c (2.39) */
import { isRefName, type RefName } from '../../kernel/ids.ts'
import type { LockFailure } from '../../kernel/ports.ts'

const KINDS: readonly (readonly [RegExp, LockFailure['kind']])[] = [
  [/exists; cannot create|non-empty directory|at the same time/, 'conflict'],
  [/non-commit object/, 'not-commit'],
  [/nonexistent object/, 'missing'],
  [/\.lock': File exists|unable to lock|Unable to create/i, 'locked'],
  [/but expected|already exists|unable to resolve reference|reference is missing/, 'stale'],
]
const REF = /ref '([^']+)'/

/** Of a lock file that it could not write git does not say why; a few bytes fail for hardly anything else. */
const OUT_OF_SPACE = /No space left on device|Disk quota exceeded|couldn't write '[^']*\.lock'/

export function isOutOfSpace(stderr: string): boolean {
  return OUT_OF_SPACE.test(stderr)
}

/** @returns `null` when this is no failure to lock, but one of git itself */
export function parseLockFault(stderr: string): LockFailure | null {
  const kind = KINDS.find(([pattern]) => pattern.test(stderr))?.[1]
  return kind === undefined ? null : { ref: namedRef(stderr), kind }
}

function namedRef(stderr: string): RefName | null {
  const name = REF.exec(stderr)?.[1] ?? ''
  return isRefName(name) ? name : null
}
