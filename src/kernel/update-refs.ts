/**
 * The one door through which refs move: git push, merge, branch and commit REST calls, upstream
 * refresh, mirrors in and released nostr state all come here.
 */
import type { Readable } from 'node:stream'
import { checkCommands } from './commands.ts'
import { AppError } from './errors.ts'
import type { MovedRef, NewEvent, PushData } from './events.ts'
import { Ledger } from './ledger.ts'
import type { PreparedPush, Push, QuarantinedPush, RefUpdatePolicy, Verdict } from './policy.ts'
import type { GitStore, IntentLog, LockFailure, Quarantine, RefTransaction } from './ports.ts'
import type { Publisher } from './publisher.ts'
import type { RefQueue } from './ref-queue.ts'
import { isCreate, isDelete, refuse, type RefUpdate, type RefUpdateResult } from './ref-update.ts'

export interface Door {
  readonly store: GitStore
  readonly intents: IntentLog
  /** Asked in this order at each of the three moments. */
  readonly policies: readonly RefUpdatePolicy[]
  readonly queue: RefQueue
  readonly publisher: Publisher
  readonly newId: () => string
  /** How long `onPrepared` may hold the locks. */
  readonly preparedDeadlineMs: number
  /** Told of what a policy threw; the client never is. */
  readonly onPolicyError: (policy: string, error: unknown) => void
}

export interface PushOutcome {
  /** `ok`, or why the pack was refused as a whole; the `unpack` line of the report. */
  readonly unpack: string
  /** One per update, in request order. */
  readonly results: readonly RefUpdateResult[]
}

/**
 * Moves the refs that no policy refuses, all in one transaction, or none when the push is atomic
 * and one was refused. Objects of a refused push are never visible to a reader; when this returns,
 * what was accepted is on disk.
 *
 * @param quarantine opened, and disposed, by the caller; already filled by a merge
 * @param pack unread bytes of a push, read to their end if anything stands; `null` when none come
 * @returns a refusal is a result, not an error
 * @throws AppError `OUTCOME_UNKNOWN`: recovery will look; anything else that is thrown: nothing has moved
 */
export async function updateRefs(
  door: Door,
  push: Push,
  quarantine: Quarantine,
  pack: Readable | null,
): Promise<PushOutcome> {
  const ledger = new Ledger(push.updates, push)
  const outcome = (unpack = 'ok'): PushOutcome => ({ unpack, results: ledger.results() })

  ledger.refuse(checkCommands(push))
  await refuseStale(door, ledger, push)
  await ask(door, ledger, push, (policy, standing) => policy.onCommands?.(standing))
  if (ledger.settled) return outcome()

  const rejected = await takeObjects(ledger, push, quarantine, pack)
  if (rejected !== null) return outcome(rejected)
  const quarantined = { ...push, objects: quarantine }
  await ask(door, ledger, quarantined, (policy, standing) => policy.onObjects?.(standing))
  if (ledger.settled) return outcome()

  const moved = await quarantine.describe(ledger.standing)
  await quarantine.sync()
  await move(door, ledger, quarantined, quarantine, moved)
  return outcome()
}

/** Refuses what is out of date before a byte is stored; the locks check it again. */
async function refuseStale(door: Door, ledger: Ledger, push: Push): Promise<void> {
  if (ledger.settled) return
  const refs = ledger.standing.map((u) => u.ref)
  const now = await door.store.readRefs(push.repo, refs)
  const stale = ledger.standing.filter((u) => (now.get(u.ref) ?? null) !== (isCreate(u) ? null : u.oldOid))
  ledger.refuse(stale.map((u) => refuse('REF_STALE', u.ref)))
}

/** @returns `null`, or why the pack was refused */
async function takeObjects(
  ledger: Ledger,
  push: Push,
  quarantine: Quarantine,
  pack: Readable | null,
): Promise<string | null> {
  const { progress, signal } = push
  try {
    using _place = pack ? await push.admit() : null
    if (pack) await quarantine.receive(pack, { progress, signal })
    const standing = ledger.standing
    await quarantine.checkConnectivity(
      standing.filter((u) => !isDelete(u)).map((u) => u.newOid),
      standing.filter((u) => !isCreate(u)).map((u) => u.oldOid),
    )
    return null
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'PACK_REJECTED')) throw err
    const { reason, missing } = packFault(err)
    ledger.refuse([refuse(missing ? 'OBJECTS_MISSING' : 'UNPACK_FAILED', null)])
    return reason
  }
}

function packFault(err: AppError): { reason: string; missing: boolean } {
  const details = err.details as { reason?: string; missing?: boolean } | null
  return { reason: details?.reason ?? err.message, missing: details?.missing === true }
}

/** Lock, last veto, migrate, commit, publish: the only lines of the server that change a ref. */
async function move(
  door: Door,
  ledger: Ledger,
  push: QuarantinedPush,
  quarantine: Quarantine,
  moved: readonly MovedRef[],
): Promise<void> {
  const turn = await door.queue.enter(
    push.repo.id,
    ledger.standing.map((u) => u.ref),
  )
  try {
    await using locked = await lock(ledger, quarantine)
    if (locked === null) return
    const intentId = door.newId()
    const event = pushEvent(push, intentId, standingOf(ledger, moved))
    const lastVeto = door.policies.some((p) => p.onPrepared)
    await door.intents.open({
      id: intentId,
      repoId: push.repo.id,
      state: lastVeto ? 'prepared' : 'decided',
      quarantine: quarantine.name,
      event,
    })
    try {
      if (lastVeto) await askPrepared(door, ledger, push)
      if (ledger.settled) return await door.intents.drop(intentId)
      if (lastVeto) await door.intents.decide(intentId)
      await quarantine.migrate()
    } catch (err) {
      await door.intents.drop(intentId) // no ref has moved yet, and none shall after a refusal
      throw err
    }
    try {
      await locked.commit()
      const told = await followHead(door, push, ledger, event)
      const published = door.publisher.publish(push.repo, { intentId, event: told })
      turn[Symbol.dispose]() // the next push may lock while this one waits for the disk
      await published
    } catch (cause) {
      door.intents.leave(intentId)
      throw new AppError('OUTCOME_UNKNOWN', { cause })
    }
  } finally {
    turn[Symbol.dispose]()
  }
}

async function followHead(door: Door, push: Push, ledger: Ledger, event: NewEvent<PushData>) {
  const created = ledger.standing.filter(isCreate).map((u) => u.ref)
  const headMovedTo = await door.store.followHead(push.repo, created)
  return headMovedTo === null ? event : { ...event, data: { ...event.data, headMovedTo } }
}

/** Locks what stands; refs that cannot be locked fall, and the rest is tried once more. */
async function lock(ledger: Ledger, quarantine: Quarantine): Promise<RefTransaction | null> {
  for (const attempt of ['first', 'last'] as const) {
    if (ledger.settled) return null
    const refs = quarantine.beginRefTransaction(ledger.standing)
    const failures = await refs.prepare()
    if (failures.length === 0) return refs
    await refs[Symbol.asyncDispose]()
    ledger.refuse(failures.map(lockRefusal))
    if (attempt === 'last') ledger.refuse([refuse('REF_LOCKED', null)])
  }
  return null
}

const LOCK_REFUSALS = { stale: 'REF_STALE', conflict: 'REF_CONFLICT', locked: 'REF_LOCKED' } as const

function lockRefusal(failure: LockFailure) {
  return refuse(LOCK_REFUSALS[failure.kind], failure.ref)
}

/** Asks every policy about what still stands. */
async function ask<P extends Push>(
  door: Door,
  ledger: Ledger,
  push: P,
  question: (policy: RefUpdatePolicy, standing: P) => Verdict | undefined,
  opts: { allOrNothing?: boolean } = {},
): Promise<void> {
  for (const policy of door.policies) {
    if (ledger.settled) return
    try {
      const refusals = await question(policy, { ...push, updates: ledger.standing })
      ledger.refuse(refusals ?? [], opts)
    } catch (err) {
      door.onPolicyError(policy.name, err)
      ledger.refuse([refuse('POLICY_FAILED', null)])
    }
  }
}

/** The refs are one prepared transaction by now, so one refusal fells all; so does the deadline. */
async function askPrepared(door: Door, ledger: Ledger, push: QuarantinedPush): Promise<void> {
  const deadline = AbortSignal.timeout(door.preparedDeadlineMs)
  const late = new Promise<Verdict>((resolve) => {
    deadline.addEventListener('abort', () => resolve([refuse('DEADLINE', null)]), { once: true })
  })
  const prepared: PreparedPush = { ...push, deadline }
  await ask(
    door,
    ledger,
    prepared,
    (policy, standing) => {
      const verdict = policy.onPrepared?.(standing)
      return verdict === undefined ? undefined : Promise.race([verdict, late]).then((refusals) => refusals)
    },
    { allOrNothing: true },
  )
}

function standingOf(ledger: Ledger, moved: readonly MovedRef[]): readonly MovedRef[] {
  const refs = new Set(ledger.standing.map((u: RefUpdate) => u.ref))
  return moved.filter((m) => refs.has(m.ref))
}

function pushEvent(push: Push, pushId: string, refs: readonly MovedRef[]): NewEvent<PushData> {
  return {
    type: 'push',
    repoId: push.repo.id,
    orgId: push.repo.orgId,
    projectId: push.repo.projectId,
    actorId: push.principal.accountId,
    agentId: push.agentId,
    data: { pushId, via: push.via, refs, pushOptions: push.options },
  }
}
