/**
 * The one door through which refs move: git push, merge, branch and commit REST calls, upstream
 * refresh, mirrors in and released nostr state all come here.
 */
import type { Readable } from 'node:stream'
import { ask } from './ask-policies.ts'
import { checkCommands } from './commands.ts'
import type { Door } from './door.ts'
import { AppError } from './errors.ts'
import type { MovedRef } from './events.ts'
import { Ledger } from './ledger.ts'
import { moveRefs } from './move-refs.ts'
import { Place } from './place.ts'
import type { Push } from './policy.ts'
import type { Quarantine } from './ports.ts'
import { endsOf, isCreate, refuse, type RefUpdateResult } from './ref-update.ts'

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

  const { unpack, moved, synced } = await examine(door, ledger, push, quarantine, pack)
  if (moved === null) return outcome(unpack)
  await moveRefs(door, ledger, push, { quarantine, moved, synced })
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

interface Examined {
  readonly unpack: string
  /** `null`: nothing stands any more. */
  readonly moved: readonly MovedRef[] | null
  /** The objects are on disk. */
  readonly synced: Promise<void>
}

/** Takes the objects and asks about them. All the git that is started for it has one place in the queue. */
async function examine(
  door: Door,
  ledger: Ledger,
  push: Push,
  quarantine: Quarantine,
  pack: Readable | null,
): Promise<Examined> {
  using place = new Place(push.admit)
  using _admitted = pack ? quarantine.beforeEachGit(place.take) : null
  const rejected = await takeObjects(ledger, push, quarantine, pack)
  if (rejected !== null) return { unpack: rejected, moved: null, synced: NOTHING }
  const quarantined = { ...push, objects: quarantine, pause: place.pause }
  await ask(door, ledger, quarantined, (policy, standing) => policy.onObjects?.(standing))
  if (ledger.settled) return { unpack: 'ok', moved: null, synced: NOTHING }
  if (ledger.standing.length < push.updates.length) await quarantine.keepOnly(...endsOf(ledger.standing))

  const describe = async () => {
    const moved = ledger.withOrigins(await quarantine.describe(ledger.standing))
    place[Symbol.dispose]() // the next one may start its git while this one waits for the disk
    return moved
  }
  const synced = quarantine.sync()
  synced.catch(() => {}) // whoever awaits it meets the error
  const moved = await describe()
  if (pack) await synced // a large one takes long, and others may want the locks
  return { unpack: 'ok', moved, synced }
}

const NOTHING = Promise.resolve()

/** @returns `null`, or why the pack was refused */
async function takeObjects(
  ledger: Ledger,
  push: Push,
  quarantine: Quarantine,
  pack: Readable | null,
): Promise<string | null> {
  const { progress, signal, maxPackBytes: maxBytes } = push
  const announcedBytes = push.announcedBytes ?? Infinity
  try {
    if (pack) await quarantine.receive(pack, { progress, signal, maxBytes, announcedBytes })
    await quarantine.checkConnectivity(...endsOf(ledger.standing))
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
