/** Lock, last veto, migrate, commit, publish: the only lines of the server that change a ref. */
import { askPrepared, policiesFor } from './ask-policies.ts'
import type { Door } from './door.ts'
import { AppError } from './errors.ts'
import type { MovedRef, NewEvent, PushData } from './events.ts'
import type { Ledger } from './ledger.ts'
import { Locks } from './locks.ts'
import type { Push } from './policy.ts'
import type { Intent, Quarantine } from './ports.ts'
import type { Publication } from './publisher.ts'
import { subjectOf } from './principal.ts'
import { endsOf, isCreate } from './ref-update.ts'

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
  push: Push,
  { quarantine, moved, synced }: Movable,
): Promise<void> {
  const refs = ledger.standing.map((u) => u.ref)
  using turn = await door.queue.enter(push.repo.id, refs)
  using _place = hasLastVeto(door, push) ? await door.admitLastVeto(push) : null
  await using locks = new Locks(ledger, quarantine)
  await locks.take()
  if (ledger.settled) return
  await synced
  const opened = await openIntent(door, push, quarantine, standingOf(ledger, moved))
  const intent = await decide(door, ledger, push, { quarantine, locks, intent: opened })
  if (intent === null) return
  try {
    await locks.commit()
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
  const state = hasLastVeto(door, push) ? 'prepared' : 'decided'
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

/**
 * @returns `false`: it is not there
 * @throws AppError `OUTCOME_UNKNOWN` when that fails as well: recovery would find the intent
 */
async function forget(door: Door, intentId: string, cause: unknown): Promise<boolean> {
  try {
    return await door.intents.drop(intentId)
  } catch {
    door.intents.leave(intentId)
    throw new AppError('OUTCOME_UNKNOWN', { cause })
  }
}

interface Undecided {
  readonly quarantine: Quarantine
  readonly locks: Locks
  readonly intent: Intent
}

/** The last veto, then the objects: after this a crash is finished, not undone. `null`: refused. */
async function decide(
  door: Door,
  ledger: Ledger,
  push: Push,
  { quarantine, locks, intent }: Undecided,
): Promise<Intent | null> {
  try {
    if (!hasLastVeto(door, push)) {
      await quarantine.migrate()
      return intent
    }
    await askPrepared(door, ledger, { ...push, objects: quarantine, pause: (wait) => wait() })
    if (!ledger.settled) return await keepPromise(door, ledger, { quarantine, locks, intent })
    await door.intents.drop(intent.id)
    return null
  } catch (err) {
    const isForgotten = await forget(door, intent.id, err) // no ref shall move after the client was told that none has
    if (!isForgotten) throw new AppError('OUTCOME_UNKNOWN', { cause: err }) // another server has ended it, as of a dead one
    throw err
  }
}

/**
 * What every policy has agreed to, perhaps less than at first, is decided on disk.
 *
 * @throws AppError `OUTCOME_UNKNOWN`: whoever was asked last may have passed it on already
 */
async function keepPromise(
  door: Door,
  ledger: Ledger,
  { quarantine, locks, intent }: Undecided,
): Promise<Intent> {
  try {
    const refs = standingOf(ledger, intent.event.data.refs)
    const agreed = { ...intent, event: { ...intent.event, data: { ...intent.event.data, refs } } }
    if (refs.length < intent.event.data.refs.length) {
      await quarantine.keepOnly(...endsOf(ledger.standing))
      await quarantine.sync()
      await locks.narrow()
    }
    await door.intents.decide(agreed)
    await quarantine.migrate()
    return agreed
  } catch (cause) {
    throw new AppError('OUTCOME_UNKNOWN', { cause })
  }
}

function hasLastVeto(door: Door, push: Push): boolean {
  return policiesFor(door, push).some((policy) => policy.onPrepared)
}

async function followHead(door: Door, push: Push, ledger: Ledger, intent: Intent): Promise<Publication> {
  const created = ledger.standing.filter(isCreate).map((u) => u.ref)
  const headMovedTo = await door.store.followHead(push.repo, created)
  const data = { ...intent.event.data, ...(headMovedTo === null ? {} : { headMovedTo }) }
  return { intentId: intent.id, event: { ...intent.event, data } }
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
