/** Moves refs through the door on the word of whoever signed it: no policy is asked again. */
import type { Door } from '../../../kernel/door.ts'
import type { Push } from '../../../kernel/policy.ts'
import type { Quarantine } from '../../../kernel/ports.ts'
import { SIGNED_STATE } from '../../../kernel/principal.ts'
import type { Refusal, RefUpdate } from '../../../kernel/ref-update.ts'
import type { Repository } from '../../../kernel/repository.ts'
import { updateRefs } from '../../../kernel/update-refs.ts'

/**
 * All of them or none.
 *
 * @param quarantine of that repository, with the objects that it does not have
 * @returns why not; empty when they have moved, and that is on disk
 * @throws AppError what the door throws
 */
export async function moveSigned(
  door: Door,
  repo: Repository,
  updates: readonly RefUpdate[],
  quarantine: Quarantine,
): Promise<readonly Refusal[]> {
  if (updates.length === 0) return []
  const { results } = await updateRefs(door, signedPush(repo, updates), quarantine, null)
  return results.flatMap((result) => (result.ok || result.refusal.code === 'ATOMIC' ? [] : [result.refusal]))
}

function signedPush(repo: Repository, updates: readonly RefUpdate[]): Push {
  const { id, orgId, orgSlug, slug, visibility } = repo
  return {
    repo,
    principal: SIGNED_STATE,
    resource: { id, orgId, orgSlug, slug, visibility, surface: false, role: null },
    via: 'nostr',
    updates,
    atomic: true,
    options: [],
    announcedBytes: null,
    maxPackBytes: Infinity,
    agentId: null,
    admit: () => Promise.resolve(NO_PLACE),
    progress: () => {},
    signal: NEVER,
  }
}

/** No pack is unpacked for it. */
const NO_PLACE: Disposable = { [Symbol.dispose]: () => {} }
const NEVER = new AbortController().signal
