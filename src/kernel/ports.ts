/** What the kernel needs from below, in the kernel's own words. */
import type { Readable } from 'node:stream'
import type { MovedRef, NewEvent, PushData } from './events.ts'
import type { Oid, RefName, RepoId } from './ids.ts'
import type { RefUpdate } from './ref-update.ts'
import type { RepoHandle } from './repository.ts'

export interface ObjectReader {
  /**
   * Runs a read-only git command that sees the quarantined objects.
   *
   * @param opts `wallMs`: how long it may run; absent: minutes
   * @returns its stdout
   * @throws AppError `GIT_FAILED`; `UNAVAILABLE` when it took too long
   */
  git(
    args: readonly string[],
    opts?: { input?: string; okCodes?: readonly number[]; wallMs?: number },
  ): Promise<string>
  /**
   * Is one commit in the history of the other? `false` also for what is no commit.
   *
   * @throws AppError `GIT_FAILED`
   */
  isAncestor(ancestor: Oid, tip: Oid): Promise<boolean>
}

/** An object that came with a push, and that the repository did not have. */
export interface PushedObject {
  readonly oid: Oid
  readonly type: 'blob' | 'tree' | 'commit' | 'tag'
  /** Of its content. */
  readonly bytes: number
}

/** Objects in quarantine, beside those of the repository. */
export interface PushedObjects extends ObjectReader {
  /**
   * All that the push brought, whether or not a ref leads there, without what the repository had before: page
   * by page, in no order.
   */
  pushed(): AsyncIterable<readonly PushedObject[]>
  /**
   * What they hold, each as a line `<oid> <type> <bytes>`, its content and a newline; pieces of any size.
   *
   * @see git-cat-file(1), BATCH OUTPUT
   * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
   */
  contents(oids: readonly Oid[], signal?: AbortSignal): AsyncIterable<Buffer>
  /** Surroundings in which a git that somebody else starts sees these objects. @see git(1), GIT_OBJECT_DIRECTORY */
  environment(): Promise<Readonly<Record<string, string>>>
}

/** An object that the server makes itself. `content` is without git's header. */
export interface NewObject {
  readonly type: 'blob' | 'tree' | 'commit' | 'tag'
  readonly content: Buffer
  /** Where its maker knows it already. */
  readonly oid?: Oid
}

export interface ReceiveOptions {
  /** Progress of git, line by line; absent when the client asked for quiet. */
  readonly progress?: (text: string) => void
  readonly signal?: AbortSignal
  /** Bytes on the wire that this pusher may send, where that is less than the server takes. */
  readonly maxBytes?: number
  /** What the sender says it will be; `Infinity` when it does not say. Decides how it is stored. */
  readonly announcedBytes?: number
}

/** New objects on their way in; dropped unless migrated. Touches the disk only when synced, or seen by a git. */
export interface Quarantine extends PushedObjects, AsyncDisposable {
  /** Survives a restart; `null` while nothing was stored. */
  readonly name: string | null
  /** From now on `ready` is awaited before a git is started for it; until what is returned is disposed. */
  beforeEachGit(ready: () => Promise<void>): Disposable
  /** Reads a pack to its end. @throws AppError `PACK_REJECTED` with `details.reason`; what `beforeEachGit` throws */
  receive(pack: Readable, opts: ReceiveOptions): Promise<void>
  /**
   * Lets a git that somebody else starts store objects here.
   *
   * @param bring given the environment in which that git sees the repository, and stores in here
   */
  receiveBy(bring: (environment: Readonly<Record<string, string>>) => Promise<void>): Promise<void>
  /**
   * Stores objects without a process; git sees them at once. All that they name must be in the
   * repository or in here: whoever makes them vouches for it, and nobody walks behind them again.
   *
   * @returns their ids, in order
   */
  store(objects: readonly NewObject[]): Promise<readonly Oid[]>
  /** Refuses tips whose history is not wholly present. @throws AppError `PACK_REJECTED` */
  checkConnectivity(tips: readonly Oid[], olds: readonly Oid[]): Promise<void>
  /**
   * Drops what none of these tips reaches. @param olds values of refs: what they reach is there already
   */
  keepOnly(tips: readonly Oid[], olds: readonly Oid[]): Promise<void>
  /** Commits and kind of each update. */
  describe(updates: readonly RefUpdate[]): Promise<MovedRef[]>
  /** Forces the quarantined files to disk. */
  sync(): Promise<void>
  /** Locks are taken by `prepare`, while the objects are still in quarantine. */
  beginRefTransaction(updates: readonly RefUpdate[]): RefTransaction
  /** Moves the objects into the repository, packs before their index. */
  migrate(): Promise<void>
}

export interface RefTransaction extends AsyncDisposable {
  /** Locks the refs at their old values; the refs that are not at them, or cannot be locked. */
  prepare(): Promise<readonly LockFailure[]>
  commit(): Promise<void>
}

export interface LockFailure {
  /** `null` when git does not say which. */
  readonly ref: RefName | null
  /** `not-commit`: a branch was to point at something else. `missing`: the new value is not there. */
  readonly kind: 'stale' | 'conflict' | 'locked' | 'not-commit' | 'missing'
}

export interface GitStore {
  openQuarantine(repo: RepoHandle): Quarantine
  /** A quarantine that a crash left behind. */
  resumeQuarantine(repo: RepoHandle, name: string): Quarantine
  /** Value of each ref now; a missing one is absent from the map. */
  readRefs(repo: RepoHandle, refs: readonly RefName[]): Promise<ReadonlyMap<RefName, Oid>>
  /** Points HEAD at a branch if HEAD's own does not exist; its short name, or `null` for no change. */
  followHead(repo: RepoHandle, created: readonly RefName[]): Promise<string | null>
  /** Forces moved refs, their directories and migrated objects' directories to disk. */
  syncRefs(repo: RepoHandle, refs: readonly RefName[]): Promise<void>
  /** Removes the lock files that a dead process left at these refs. */
  breakStaleLocks(repo: RepoHandle, refs: readonly RefName[]): Promise<void>
}

/** What a crash must not lose: refs that were about to move, and the event about it. */
export interface Intent {
  readonly id: string
  readonly repoId: RepoId
  /** `decided`: every policy has agreed; a restart finishes it. `prepared`: a restart looks at the refs. */
  readonly state: 'prepared' | 'decided'
  readonly quarantine: string | null
  readonly event: NewEvent<PushData>
}

export interface IntentLog {
  /** On disk before it resolves. */
  open(intent: Intent): Promise<void>
  /** Every policy has agreed to these refs, perhaps to fewer than at first. */
  decide(intent: Intent): Promise<void>
  /** Writes the events, in order, and closes their intents, in one transaction. */
  complete(done: readonly { readonly intentId: string; readonly event: NewEvent<PushData> }[]): Promise<void>
  /** Nothing moved: forgets the intent. @returns `false`: another server has ended it */
  drop(intentId: string): Promise<boolean>
  /** It is not known what moved: recovery may have the intent from now on. */
  leave(intentId: string): void
  /** Intents that this server, or one long gone, left open; oldest first. */
  abandoned(): Promise<readonly Intent[]>
  /**
   * What later pushes tell of the refs of an intent whose end nobody has seen; a ref that none names is absent.
   *
   * @returns `null` when another server has ended it
   */
  movedSince(intent: Intent): Promise<ReadonlyMap<RefName, MovedSince> | null>
}

/**
 * `after it`: somebody has moved the ref on from the very value that the intent was to give it, so it had that.
 * `instead of it`: somebody has found it at its old value, so the intent had not moved it before.
 */
export type MovedSince = 'after it' | 'instead of it'

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
}
