/** Brings what an upstream has through the door: objects into quarantine, then refs. Asks nobody what is there. */
import { apiPush } from '../../../kernel/api-push.ts'
import type { Door } from '../../../kernel/door.ts'
import type { Oid } from '../../../kernel/ids.ts'
import type { Push } from '../../../kernel/policy.ts'
import type { Quarantine } from '../../../kernel/ports.ts'
import { UPSTREAM } from '../../../kernel/principal.ts'
import type { Refusal, RefUpdate } from '../../../kernel/ref-update.ts'
import type { Repository } from '../../../kernel/repository.ts'
import { serverItself } from '../../../kernel/server-itself.ts'
import { updateRefs } from '../../../kernel/update-refs.ts'
import type { RefreshPlan } from './plan-refresh.ts'

export interface TakeOverParts {
  readonly door: Door
  /** Into the object directory that `environment` names. */
  readonly fetch: (environment: Readonly<Record<string, string>>, oids: readonly Oid[]) => Promise<void>
}

/** One event each: a first contact with very many refs is told in several. */
const REFS_AT_ONCE = 1_000

/**
 * @returns refs that were not moved; nothing after the batch in which that happened was tried
 * @throws what `fetch` and the door throw; the reason of `signal`
 */
export async function takeOver(
  { door, fetch }: TakeOverParts,
  repo: Repository,
  { deletions, moves, wanted }: RefreshPlan,
  signal: AbortSignal,
): Promise<readonly Refusal[]> {
  await using fetched = door.store.openQuarantine(repo)
  if (wanted.length > 0) await fetched.receiveBy((environment) => fetch(environment, wanted))
  for (const batch of [...batchesOf(deletions), ...batchesOf(moves)]) {
    signal.throwIfAborted()
    const push = apiPush(serverItself(repo, UPSTREAM), {
      updates: batch,
      via: 'upstream',
      atomic: false,
      signal,
    })
    const refused = await move(door, push, fetched)
    if (refused.length > 0) return refused
  }
  return []
}

/** What one batch of moves has migrated, the next ones find in the repository. */
async function move(door: Door, push: Push, fetched: Quarantine): Promise<readonly Refusal[]> {
  const { results } = await updateRefs(door, push, fetched, null)
  return results.flatMap((result) => (result.ok ? [] : [result.refusal]))
}

function* batchesOf(updates: readonly RefUpdate[]): Generator<readonly RefUpdate[]> {
  for (let at = 0; at < updates.length; at += REFS_AT_ONCE) yield updates.slice(at, at + REFS_AT_ONCE)
}
