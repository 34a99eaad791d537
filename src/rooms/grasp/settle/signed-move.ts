/** Moves refs through the door on the word of whoever signed it: no policy is asked again. */
import { apiPush } from '../../../kernel/api-push.ts'
import type { Door } from '../../../kernel/door.ts'
import type { Quarantine } from '../../../kernel/ports.ts'
import { SIGNED_STATE } from '../../../kernel/principal.ts'
import type { Refusal, RefUpdate } from '../../../kernel/ref-update.ts'
import type { Repository } from '../../../kernel/repository.ts'
import { serverItself } from '../../../kernel/server-itself.ts'
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
  const push = apiPush(serverItself(repo, SIGNED_STATE), { updates, via: 'nostr' })
  const { results } = await updateRefs(door, push, quarantine, null)
  return results.flatMap((result) => (result.ok || result.refusal.code === 'ATOMIC' ? [] : [result.refusal]))
}
