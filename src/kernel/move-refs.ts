/** Lock, last veto, migrate, commit, publish: the only lines of the server that change a ref. */
import { askPrepared } from './ask-policies.ts'
import type { Door } from './door.ts'
import { AppError } from './errors.ts'
import type { MovedRef, NewEvent, PushData } from './events.ts'
import type { Ledger } from './ledger.ts'
import type { Push, QuarantinedPush } from './policy.ts'
import type { Intent, LockFailure, Quarantine, RefTransaction } from './ports.ts'
import type { Publication } from './publisher.ts'
import { subjectOf } from './principal.ts'
import { isCreate, refuse } from './ref-update.ts'

export interface Movable {
  readonly quarantine: Quarantine
  readonly moved: readonly MovedRef[]
  /** The objects are on disk; refs may be locked meanwhile, and go no further before. */
  readonly synced: Promise<void>
}

/**
 * Moves what still stands. When it resolves, what was not refused is on disk.
 *
 * @throws AppError `OUTCOME_UNKNOWN` when a ref may have moved, or may yet; anything else before
 */
export async function moveRefs(
  door: Door,
  ledger: Ledger,
  push: QuarantinedPush,
  { quarantine, moved, synced }: Movable,
): Promise<void> {
  const refs = ledger.standing.map((u) => u.ref)
  using turn = await door.queue.enter(push.repo.id, refs)
  await using locked = await lock(ledger, quarantine)
  if (locked === null) return
  await synced
  const intent = await openIntent(door, push, quarantine, standingOf(ledger, moved))
  if (!(await decide(door, ledger, push, quarantine, intent))) return
  try {
    await locked.commit()
    door.onRefsMoved(push.repo.id)
    push.onMoved?.()
    const published = door.publisher.publish(push.repo, await followHead(door, push, ledger, intent))
    turn[Symbol.dispose]() // the next push may lock while this one waits for the disk
    await published
  } catch (cause) {
    door.intents.leave(intent.id)
    throw new AppError('OUTCOME_UNKNOWN', { cause })
  }
}

async function openIntent(
  door: Door,
  push: Push,
  quarantine: Quarantine,
  refs: readonly MovedRef[],
): Promise<Intent> {
  const id = door.newId()
  const state = hasLastVeto(door) ? 'prepared' : 'decided'
  const event = pushEvent(push, id, refs)
  const intent: Intent = { id, repoId: push.repo.id, state, quarantine: quarantine.name, event }
  try {
    await door.intents.open(intent)
    return intent
  } catch (cause) {
    await forget(door, id, cause) // only the database's answer may have been lost
    throw cause
  }
}

/** @throws AppError `OUTCOME_UNKNOWN` when that fails as well: recovery would find the intent */
async function forget(door: Door, intentId: string, cause: unknown): Promise<void> {
  try {
    await door.intents.drop(intentId)
  } catch {
    door.intents.leave(intentId)
    throw new AppError('OUTCOME_UNKNOWN', { cause })
  }
}

/** The last veto, then the objects: after this a crash is finished, not undone. `false`: refused. */
async function decide(
  door: Door,
  ledger: Ledger,
  push: QuarantinedPush,
  quarantine: Quarantine,
  intent: Intent,
): Promise<boolean> {
  try {
    if (hasLastVeto(door)) await askPrepared(door, ledger, push)
    if (ledger.settled) {
      await door.intents.drop(intent.id)
      return false
    }
    if (hasLastVeto(door)) await door.intents.decide(intent.id)
    await quarantine.migrate()
    return true
  } catch (err) {
    await door.intents.drop(intent.id) // no ref has moved, and none shall after the client was told so
    throw err
  }
}

function hasLastVeto(door: Door): boolean {
  return door.policies.some((policy) => policy.onPrepared)
}

async function followHead(door: Door, push: Push, ledger: Ledger, intent: Intent): Promise<Publication> {
  const created = ledger.standing.filter(isCreate).map((u) => u.ref)
  const headMovedTo = await door.store.followHead(push.repo, created)
  const data = { ...intent.event.data, ...(headMovedTo === null ? {} : { headMovedTo }) }
  return { intentId: intent.id, event: { ...intent.event, data } }
}

/** Locks what stands; refs that cannot be locked fall, and the rest is tried once more. */
async function lock(ledger: Ledger, quarantine: Quarantine): Promise<RefTransaction | null> {
  for (const attempt of ['first', 'last'] as const) {
    if (ledger.settled) return null
    const refs = quarantine.beginRefTransaction(ledger.standing)
    const failures = await prepare(refs)
    if (failures.length === 0) return refs
    await refs[Symbol.asyncDispose]()
    ledger.refuse(failures.map(lockRefusal))
    if (attempt === 'last') ledger.refuse([refuse('REF_LOCKED', null)])
  }
  return null
}

/** What fails here may have locks by then, and holds one of few places in any case. */
async function prepare(refs: RefTransaction): Promise<readonly LockFailure[]> {
  try {
    return await refs.prepare()
  } catch (err) {
    await refs[Symbol.asyncDispose]()
    throw err
  }
}

const LOCK_REFUSALS = {
  stale: 'REF_STALE',
  conflict: 'REF_CONFLICT',
  locked: 'REF_LOCKED',
  'not-commit': 'BRANCH_NOT_COMMIT',
} as const

function lockRefusal(failure: LockFailure) {
  return refuse(LOCK_REFUSALS[failure.kind], failure.ref)
}

function standingOf(ledger: Ledger, moved: readonly MovedRef[]): readonly MovedRef[] {
  const refs = new Set(ledger.standing.map((u) => u.ref))
  return moved.filter((m) => refs.has(m.ref))
}

function pushEvent(push: Push, pushId: string, refs: readonly MovedRef[]): NewEvent<PushData> {
  return {
    type: 'push',
    repoId: push.repo.id,
    orgId: push.repo.orgId,
    projectId: push.repo.projectId,
    actorId: subjectOf(push.principal),
    agentId: push.agentId,
    data: { pushId, via: push.via, refs, pushOptions: push.options },
  }
}
