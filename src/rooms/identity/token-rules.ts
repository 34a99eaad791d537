/**
 * What a token narrows at the door: refs, verbs, paths, sizes. Live role first, then the grants of
 * the credential; a ref passes when one grant allows all that is done to it.
 *
 * @see RFC 9396 (authorization_details)
 */
import picomatch from 'picomatch'
import { grantAllowsRef, grantsCovering, isAllPowerful, may } from '../../kernel/access.ts'
import { isForced } from '../../kernel/forced.ts'
import type { RepositoryGrant } from '../../kernel/grants.ts'
import type { Push, QuarantinedPush, RefUpdatePolicy } from '../../kernel/policy.ts'
import { isDelete, refuse, type Refusal, type RefUpdate } from '../../kernel/ref-update.ts'
import { changedPaths } from './changed-paths.ts'

export function tokenRules(): RefUpdatePolicy {
  return { name: 'identity.token-rules', onCommands: checkNamesAndSize, onObjects: checkObjects }
}

function checkNamesAndSize(push: Push): Refusal[] {
  if (isAllPowerful(push.principal)) return []
  if (!may(push.principal, 'write', push.resource)) return [refuse('NOT_PERMITTED', null)]
  const grants = writeGrants(push)
  if (push.maxPackBytes < (push.announcedBytes ?? 0)) return [refuse('TOKEN_SIZE', null)]
  return push.updates
    .filter((u) => !grants.some((grant) => grantAllowsRef(grant, u.ref, verbOf(u))))
    .map((u) => refuse('TOKEN_SCOPE', u.ref))
}

async function checkObjects(push: QuarantinedPush): Promise<Refusal[]> {
  if (isAllPowerful(push.principal)) return []
  const grants = writeGrants(push)
  const refusals: Refusal[] = []
  for (const update of push.updates) {
    const refusal = await checkUpdate(push, update, grants)
    if (refusal) refusals.push(refusal)
  }
  return refusals
}

async function checkUpdate(
  push: QuarantinedPush,
  update: RefUpdate,
  grants: readonly RepositoryGrant[],
): Promise<Refusal | null> {
  const named = grants.filter((grant) => grantAllowsRef(grant, update.ref, verbOf(update)))
  const forceable = named.filter((grant) => grantAllowsRef(grant, update.ref, 'force'))
  const fitting =
    forceable.length < named.length && (await isForced(push.objects, update)) ? forceable : named
  if (fitting.length === 0) return refuse('TOKEN_SCOPE', update.ref, 'no forced update')
  if (fitting.some((grant) => grant.paths === undefined)) return null
  const changed = await changedPaths(push, update)
  if (changed === null) return refuse('TOKEN_SCOPE', update.ref, 'it cannot be told which paths change')
  const allowed = fitting.map((grant) => pathMatcher(grant.paths ?? []))
  if (allowed.some((matches) => changed.every((path) => matches(path)))) return null
  return refuse('TOKEN_SCOPE', update.ref, 'a changed path is not one of the allowed paths')
}

/** Stars, `?` and brackets only: a `!` in front would allow all that it does not name. */
function pathMatcher(globs: readonly string[]): (path: string) => boolean {
  return picomatch(
    globs.map((glob) => glob.replace(/[!@+|()]/g, '\\$&')),
    { dot: true },
  )
}

function verbOf(update: RefUpdate): 'push' | 'delete' {
  return isDelete(update) ? 'delete' : 'push'
}

function writeGrants(push: Push): readonly RepositoryGrant[] {
  return grantsCovering(push.principal.grants, 'write', push.resource)
}
