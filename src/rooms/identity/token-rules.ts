/**
 * What a token narrows at the door: refs, verbs, paths, sizes. Live role first, then the grants of
 * the credential, and of those it was minted from; a ref passes when in each of them one grant allows
 * all that is done to it.
 *
 * @see RFC 9396 (authorization_details)
 */
import { grantAllowsRef, isAllPowerful, layersCovering, may } from '../../kernel/access.ts'
import { isForced } from '../../kernel/forced.ts'
import type { RepositoryGrant } from '../../kernel/grants.ts'
import type { Push, QuarantinedPush, RefUpdatePolicy } from '../../kernel/policy.ts'
import { isDelete, refuse, type Refusal, type RefUpdate } from '../../kernel/ref-update.ts'
import { changedPaths } from './changed-paths.ts'
import { pathMatcher } from '../../kernel/path-globs.ts'

export function tokenRules(): RefUpdatePolicy {
  return {
    name: 'identity.token-rules',
    concerns: ({ kind }) => kind !== 'grasp', // whoever pushes there, what counts is signed
    onCommands: checkNamesAndSize,
    onObjects: checkObjects,
  }
}

function checkNamesAndSize(push: Push): Refusal[] {
  if (isAllPowerful(push.principal)) return []
  if (!may(push.principal, 'write', push.resource)) return [refuse('NOT_PERMITTED', null)]
  const layers = writeLayers(push)
  if (push.maxPackBytes < (push.announcedBytes ?? 0)) return [refuse('TOKEN_SIZE', null)]
  return push.updates
    .filter((u) => !layers.every((grants) => grants.some((grant) => grantAllowsRef(grant, u.ref, verbOf(u)))))
    .map((u) => refuse('TOKEN_SCOPE', u.ref))
}

async function checkObjects(push: QuarantinedPush): Promise<Refusal[]> {
  if (isAllPowerful(push.principal)) return []
  const layers = writeLayers(push)
  const refusals: Refusal[] = []
  for (const update of push.updates) {
    const facts = factsOf(push, update)
    for (const grants of layers) {
      const refusal = await checkUpdate(update, facts, grants)
      if (refusal) refusals.push(refusal)
      if (refusal) break
    }
  }
  return refusals
}

/** What only git can tell of an update, each asked once and only if a rule needs it. */
interface UpdateFacts {
  readonly isForced: () => Promise<boolean>
  readonly changedPaths: () => Promise<readonly string[] | null>
}

function factsOf(push: QuarantinedPush, update: RefUpdate): UpdateFacts {
  return {
    isForced: once(() => isForced(push.objects, update)),
    changedPaths: once(() => changedPaths(push, update)),
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null
  return () => (answer ??= ask())
}

async function checkUpdate(
  update: RefUpdate,
  facts: UpdateFacts,
  grants: readonly RepositoryGrant[],
): Promise<Refusal | null> {
  const named = grants.filter((grant) => grantAllowsRef(grant, update.ref, verbOf(update)))
  const forceable = named.filter((grant) => grantAllowsRef(grant, update.ref, 'force'))
  const fitting = forceable.length < named.length && (await facts.isForced()) ? forceable : named
  if (fitting.length === 0) return refuse('TOKEN_SCOPE', update.ref, 'no forced update')
  if (fitting.some((grant) => grant.paths === undefined)) return null
  const changed = await facts.changedPaths()
  if (changed === null) return refuse('TOKEN_SCOPE', update.ref, 'it cannot be told which paths change')
  const answers = fitting.map((grant) => pathMatcher(grant.paths ?? [])(changed))
  if (answers.includes(true)) return null
  if (answers.includes(null)) return refuse('TOKEN_SCOPE', update.ref, 'too many paths for its globs')
  return refuse('TOKEN_SCOPE', update.ref, 'a changed path is not one of the allowed paths')
}

function verbOf(update: RefUpdate): 'push' | 'delete' {
  return isDelete(update) ? 'delete' : 'push'
}

function writeLayers(push: Push): readonly (readonly RepositoryGrant[])[] {
  return layersCovering(push.principal.grants, 'write', push.resource)
}
