/**
 * What a token narrows at the door: refs, verbs, paths, sizes. Live role first, then the grants of
 * the credential; a ref passes when one grant allows all that is done to it.
 *
 * @see RFC 9396 (authorization_details)
 */
import picomatch from 'picomatch'
import { grantAllowsRef, grantsCovering, isAllPowerful, may } from '../../kernel/access.ts'
import type { RepositoryGrant } from '../../kernel/grants.ts'
import type { Push, QuarantinedPush, RefUpdatePolicy } from '../../kernel/policy.ts'
import { isCreate, isDelete, refuse, type Refusal, type RefUpdate } from '../../kernel/ref-update.ts'

export function tokenRules(): RefUpdatePolicy {
  return { name: 'identity.token-rules', onCommands: checkNamesAndSize, onObjects: checkObjects }
}

function checkNamesAndSize(push: Push): Refusal[] {
  if (isAllPowerful(push.principal)) return []
  if (!may(push.principal, 'write', push.resource)) return [refuse('NOT_PERMITTED', null)]
  const grants = writeGrants(push)
  if (push.maxPackBytes < (push.announcedBytes ?? 0)) return [refuse('TOKEN_SIZE', null)]
  return push.updates
    .filter((u) => !grants.some((grant) => grantAllowsRef(grant, u.ref, isDelete(u) ? 'delete' : 'push')))
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
  if (isDelete(update)) return null // its name has said all there is to say
  const named = grants.filter((grant) => grantAllowsRef(grant, update.ref, 'push'))
  const forceable = named.filter((grant) => grantAllowsRef(grant, update.ref, 'force'))
  const fitting = forceable.length < named.length && (await isForced(push, update)) ? forceable : named
  if (fitting.length === 0) return refuse('TOKEN_SCOPE', update.ref, 'no forced update')
  if (fitting.some((grant) => grant.paths === undefined)) return null
  const changed = await changedPaths(push, update)
  const allowed = fitting.map((grant) => picomatch([...(grant.paths ?? [])], { dot: true }))
  if (allowed.some((matches) => changed.every((path) => matches(path)))) return null
  return refuse('TOKEN_SCOPE', update.ref, 'a changed path is not one of the allowed paths')
}

async function isForced(push: QuarantinedPush, update: RefUpdate): Promise<boolean> {
  if (isCreate(update)) return false
  const left = await push.objects.git(['rev-list', '--max-count=1', update.oldOid, `^${update.newOid}`])
  return left !== ''
}

/** Paths that the new commits change; of a merge only what differs from every parent. */
async function changedPaths(push: QuarantinedPush, update: RefUpdate): Promise<string[]> {
  const log = ['log', '--format=', '--name-only', '--no-renames', '--root', '-c', '-z', update.newOid]
  const listed = await push.objects.git([...log, '--not', '--all'])
  return listed.split('\0').filter((path) => path !== '')
}

function writeGrants(push: Push): readonly RepositoryGrant[] {
  return grantsCovering(push.principal.grants, 'write', push.resource)
}
