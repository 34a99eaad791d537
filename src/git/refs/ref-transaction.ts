/** A two-phase update of refs through a pooled session. @see git-update-ref(1), git's reference-transaction hook */
import { AppError } from '../../kernel/errors.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { LockFailure, RefTransaction } from '../../kernel/ports.ts'
import { isCreate, isDelete, type RefUpdate } from '../../kernel/ref-update.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { HashedObject } from '../quarantine/hashed-object.ts'
import type { CurrentRefs } from './current-refs.ts'
import { isOutOfSpace, parseLockFault } from './lock-fault.ts'
import { SessionEnded, type RefSession } from './ref-session.ts'
import type { UnsyncedDirectories } from '../quarantine/unsynced-directories.ts'
import type { RefSessionPool } from './ref-session-pool.ts'
import { breakAbandonedLocks } from './stale-locks.ts'

/** What the new values may be that the repository does not have yet. */
export interface NewValues {
  /** Shown to git while it looks for them. */
  readonly tips: readonly HashedObject[]
  /** Object directory with the others; `null` when there are none. */
  readonly directory: () => Promise<string | null>
}

export interface RefTransactionParts {
  readonly sessions: RefSessionPool
  readonly refs: CurrentRefs
  readonly unsynced: UnsyncedDirectories
  /** Older locks are nobody's: longer than any push holds its own. */
  readonly abandonedLockMs: number
}

const MAX_ATTEMPTS = 6

export class SessionTransaction implements RefTransaction {
  readonly #parts: RefTransactionParts
  readonly #repo: RepoHandle
  readonly #values: NewValues
  readonly #updates: readonly RefUpdate[]
  #session: RefSession | null = null
  #isOpen = false

  constructor(
    parts: RefTransactionParts,
    repo: RepoHandle,
    values: NewValues,
    updates: readonly RefUpdate[],
  ) {
    this.#parts = parts
    this.#repo = repo
    this.#values = values
    this.#updates = updates
  }

  /** @throws AppError `LAUNCHER_LOST`, `GIT_FAILED`; Error `ENOSPC` */
  async prepare(): Promise<readonly LockFailure[]> {
    try {
      await this.#lock().catch((err: unknown) => this.#lockOverTheDead(err))
      return []
    } catch (err) {
      return await this.#failures(err)
    }
  }

  /** @throws AppError `LAUNCHER_LOST`, `GIT_FAILED`: some refs may have moved */
  async commit(): Promise<void> {
    if (this.#session === null) throw new Error('commit before prepare')
    this.#isOpen = false
    if (this.#updates.some(isDelete)) this.#parts.unsynced.add(this.#repo.path, [this.#repo.path]) // packed-refs
    await this.#session.commit().catch(rethrow)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOpen) await this.#session?.abort().catch(() => {}) // ended: its locks went with it
    this.#giveBack()
  }

  #giveBack(): void {
    const session = this.#session
    this.#session = null
    if (session) this.#parts.sessions.giveBack(session)
  }

  /** An idle session may have died unnoticed, and the launcher with it: only that is tried again. */
  async #lock(): Promise<void> {
    const directory = await this.#values.directory()
    using _shown = this.#parts.sessions.show(this.#values.tips)
    for (let attempt = 1; !this.#isOpen; attempt++) {
      let wasUsed = false
      try {
        const session = await this.#take()
        wasUsed = session.uses > 0
        await session.prepare(directory, this.#updates)
        this.#isOpen = true
      } catch (err) {
        const diedUnnoticed = wasUsed && err instanceof SessionEnded && err.stderr === ''
        if (attempt === MAX_ATTEMPTS || !(diedUnnoticed || isLauncherLost(err))) throw err
        this.#giveBack()
      }
    }
  }

  /** @throws `err` when nobody's lock is in the way */
  async #lockOverTheDead(err: unknown): Promise<void> {
    const refs = this.#updates.map(({ ref }) => ref)
    const isInTheWay = faultOf(err)?.kind === 'locked'
    if (!isInTheWay || !(await breakAbandonedLocks(this.#repo, refs, this.#parts.abandonedLockMs))) throw err
    this.#giveBack()
    await this.#lock()
  }

  async #take(): Promise<RefSession> {
    this.#session = await this.#parts.sessions.take(this.#repo)
    return this.#session
  }

  /** git names the first ref that it stumbled over; refs that have moved as well are added. */
  async #failures(err: unknown): Promise<readonly LockFailure[]> {
    if (err instanceof SessionEnded && isOutOfSpace(err.stderr)) throw outOfSpace(err)
    const fault = faultOf(err)
    if (fault === null) rethrow(err)
    const now = await this.#parts.refs.read(
      this.#repo,
      this.#updates.map((u) => u.ref),
    )
    const moved = this.#updates.filter((u) => u.ref !== fault.ref && isStale(u, now))
    return [fault, ...moved.map(({ ref }) => ({ ref, kind: 'stale' as const }))]
  }
}

function faultOf(err: unknown): LockFailure | null {
  return err instanceof SessionEnded ? parseLockFault(err.stderr) : null
}

function isLauncherLost(err: unknown): boolean {
  const reason = err instanceof SessionEnded ? err.cause : err
  return reason instanceof AppError && reason.code === 'LAUNCHER_LOST'
}

function isStale(update: RefUpdate, now: ReadonlyMap<RefName, Oid>): boolean {
  return (now.get(update.ref) ?? null) !== (isCreate(update) ? null : update.oldOid)
}

/** As Node would have said it, had it written the file. */
function outOfSpace(cause: SessionEnded): Error {
  return Object.assign(new Error('no space for a lock', { cause }), { code: 'ENOSPC' })
}

function rethrow(err: unknown): never {
  if (!(err instanceof SessionEnded)) throw err
  throw err.cause instanceof AppError ? err.cause : new AppError('GIT_FAILED', { cause: err })
}
