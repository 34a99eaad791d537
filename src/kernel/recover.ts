/** Finishes or drops what a crash interrupted between the first lock and the last event. */
import type { NewEvent, PushData } from './events.ts'
import type { GitStore, Intent, IntentLog, Quarantine } from './ports.ts'
import { isZero, type Oid, type RefName } from './ids.ts'
import type { RefUpdate } from './ref-update.ts'
import type { RepoHandle } from './repository.ts'

export interface RecoveryParts {
  readonly store: GitStore
  readonly intents: IntentLog
  /** `null` when the repository is gone: its intents are dropped. */
  readonly repoOf: (intent: Intent) => Promise<RepoHandle | null>
  /** One repository that cannot be read must not keep the others waiting; it is tried again. */
  readonly onFailed: (intent: Intent, error: unknown) => void
}

export type Recovered = 'finished' | 'dropped' | 'failed'

/**
 * A `decided` intent is finished: the rest of its objects is migrated and the refs that are still
 * at their old value move, unless the objects are gone, as after a database that failed twice. A
 * `prepared` one is finished only if some of its refs did move, because then all were about to. Either
 * way its event tells what really happened, once; what somebody else has given the same value is told
 * by him.
 */
export async function recoverIntents(parts: RecoveryParts): Promise<Recovered[]> {
  const outcomes: Recovered[] = []
  for (const intent of await parts.intents.abandoned()) outcomes.push(await attempt(parts, intent))
  return outcomes
}

async function attempt(parts: RecoveryParts, intent: Intent): Promise<Recovered> {
  try {
    return await recover(parts, intent)
  } catch (err) {
    parts.onFailed(intent, err)
    return 'failed'
  }
}

async function recover(parts: RecoveryParts, intent: Intent): Promise<Recovered> {
  const repo = await parts.repoOf(intent)
  if (repo === null) return drop(parts, intent)
  const names = intent.event.data.refs.map((r) => r.ref)
  await parts.store.breakStaleLocks(repo, names)
  const quarantine = openQuarantine(parts.store, repo, intent)
  const outcome = await finish(parts, repo, intent, quarantine) // if it fails, the objects stay for the next attempt
  await quarantine[Symbol.asyncDispose]()
  return outcome
}

async function finish(
  parts: RecoveryParts,
  repo: RepoHandle,
  intent: Intent,
  quarantine: Quarantine,
): Promise<Recovered> {
  const names = intent.event.data.refs.map((r) => r.ref)
  const since = await parts.intents.movedSince(intent)
  if (since === null) return 'dropped'
  const before = await parts.store.readRefs(repo, names)
  const hadMoved = ({ ref }: RefUpdate) => since.get(ref) === 'after it'
  const isOthers = (r: RefUpdate) => since.get(r.ref) === 'instead of it' && hasMoved(before, r)
  const refs = intent.event.data.refs.filter((r) => !isOthers(r))
  const rest = refs.filter((r) => !hadMoved(r) && !hasMoved(before, r))
  if (intent.state === 'prepared' && rest.length === refs.length) return drop(parts, intent)

  await quarantine.migrate()
  await commitRest(quarantine, rest)
  const headMovedTo = await parts.store.followHead(repo, names)
  await parts.store.syncRefs(repo, names)
  const after = await parts.store.readRefs(repo, names)
  const done = refs.filter((r) => hadMoved(r) || hasMoved(after, r))
  if (done.length === 0) return drop(parts, intent)
  const event: NewEvent<PushData> = {
    ...intent.event,
    data: {
      ...intent.event.data,
      refs: done,
      recovered: true,
      ...(headMovedTo === null ? {} : { headMovedTo }),
    },
  }
  await parts.intents.complete([{ intentId: intent.id, event }])
  return 'finished'
}

async function drop({ intents }: RecoveryParts, { id }: Intent): Promise<Recovered> {
  await intents.drop(id)
  return 'dropped'
}

function openQuarantine(store: GitStore, repo: RepoHandle, intent: Intent): Quarantine {
  return intent.quarantine === null
    ? store.openQuarantine(repo)
    : store.resumeQuarantine(repo, intent.quarantine)
}

/** A ref that somebody else has moved since is left alone. */
async function commitRest(quarantine: Quarantine, updates: readonly RefUpdate[]): Promise<void> {
  for (const update of updates) {
    await using refs = quarantine.beginRefTransaction([update])
    if ((await refs.prepare()).length === 0) await refs.commit()
  }
}

function hasMoved(refs: ReadonlyMap<RefName, Oid>, { ref, newOid }: RefUpdate): boolean {
  return isZero(newOid) ? !refs.has(ref) : refs.get(ref) === newOid
}
