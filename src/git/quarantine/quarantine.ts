/**
 * New objects on their way in: apart from the repository, in memory or a directory that gits see as an
 * alternate, and renamed into it once every policy has agreed.
 *
 * @see git-receive-pack(1), QUARANTINE ENVIRONMENT
 */
import type { Readable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'
import type { MovedRef } from '../../kernel/events.ts'
import type { Oid } from '../../kernel/ids.ts'
import type {
  NewObject,
  PushedObject,
  Quarantine,
  ReceiveOptions,
  RefTransaction,
} from '../../kernel/ports.ts'
import { isCreate, type RefUpdate } from '../../kernel/ref-update.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { checkConnectivity } from './connectivity.ts'
import type { CurrentRefs } from '../refs/current-refs.ts'
import { keepReachable } from './keep-reachable.ts'
import { gainedSince, isInHistory, type Gained } from './known-history.ts'
import { knownTips, nearTips } from './known-tips.ts'
import type { ResourceLimits } from '../launcher/environment.ts'
import { TookTooLong, type Launcher } from '../launcher/launcher.ts'
import { objectView } from './object-view.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { batchEntry, contentsOf } from './pushed-contents.ts'
import { namesIn } from '../names-in.ts'
import { pagesOf, pushedObjects } from './pushed-objects.ts'
import { takePack, type PackLimits } from './pack-intake.ts'
import { readLooseCommit, type LooseObject } from './loose-commit.ts'
import type { OwnObjects } from './own-objects.ts'
import { describeUpdates } from './push-summary.ts'
import type { RefSessionPool } from '../refs/ref-session-pool.ts'
import { SessionTransaction } from '../refs/ref-transaction.ts'
import { fitsOnShelf } from '../refs/shelf.ts'
import { QuarantineStorage, type QuarantineStorageParts } from './quarantine-storage.ts'
import { seenAncestor } from './seen-ancestor.ts'
import { isSelfEvident } from './self-evident.ts'
import type { SmallPushes } from '../small-push/small-pushes.ts'
import { ObjectProbe } from '../objects/object-probe.ts'
import type { UnsyncedDirectories } from './unsynced-directories.ts'

export interface QuarantineParts extends QuarantineStorageParts {
  readonly launcher: Launcher
  /** Of the repositories themselves, not of quarantines. */
  readonly objects: Pick<StoredObjects, 'commit' | 'lineage' | 'learn'>
  readonly sessions: RefSessionPool
  readonly refs: CurrentRefs
  readonly unsynced: UnsyncedDirectories
  readonly limits: PackLimits
  readonly abandonedLockMs: number
  /** `null`: git takes every pack. */
  readonly smallPushes: SmallPushes | null
  /** Holds the directories of all quarantines, and the repositories' file system. */
  readonly incoming: string
}

const AT_ONCE = () => Promise.resolve()
const GIT_WALL_MS = 10 * 60_000
const MAX_KNOWN_OLDS = 100
/** Exit code of git when an id is no commit. */
const NOT_A_COMMIT = 128

interface GitOptions {
  readonly input?: string
  readonly okCodes?: readonly number[]
  readonly wallMs?: number
}

export class DiskQuarantine implements Quarantine {
  readonly #parts: QuarantineParts
  readonly #repo: RepoHandle
  readonly #name: string
  readonly #storage: QuarantineStorage
  readonly #own: OwnObjects
  /** What a git waits for before it is started. */
  #ready: () => Promise<void> = AT_ONCE

  /** @param name unique for all time: `<instance>/<number>` */
  constructor(parts: QuarantineParts, repo: RepoHandle, name: string, state: 'open' | 'kept') {
    this.#parts = parts
    this.#repo = repo
    this.#name = name
    const directory = `${parts.incoming}/${name}`
    this.#storage = new QuarantineStorage(parts, { directory, format: repo.objectFormat }, state)
    this.#own = this.#storage.own
  }

  get name(): string | null {
    return this.#storage.isUnused ? null : this.#name
  }

  beforeEachGit(ready: () => Promise<void>): Disposable {
    this.#ready = ready
    return { [Symbol.dispose]: () => (this.#ready = AT_ONCE) }
  }

  async git(args: readonly string[], opts?: GitOptions): Promise<string> {
    await this.#storage.toMix() // the command may store objects, as commit-tree does
    return this.#read(args, opts, this.#resources())
  }

  async isAncestor(ancestor: Oid, tip: Oid): Promise<boolean> {
    const history = { commitIn: await this.#commits(), gainedSince: this.#gainedSince }
    const seen = await seenAncestor(history, ancestor, tip)
    if (seen !== null) return seen
    const base = await this.#read(['merge-base', ancestor, tip], { okCodes: [0, 1, NOT_A_COMMIT] })
    return base.trim() === ancestor
  }

  async receive(pack: Readable, opts: ReceiveOptions): Promise<void> {
    const { launcher, sessions, limits } = this.#parts
    ignoreErrors(pack)
    sessions.warm(this.#repo)
    const rest = await this.#receiveSmall(pack, opts)
    if (rest === null) return
    ignoreErrors(rest)
    const directory = await this.#storage.toMix()
    await this.#ready()
    await takePack(launcher, this.#repo, directory, rest, { ...opts, limits })
  }

  async receiveBy(bring: (environment: Readonly<Record<string, string>>) => Promise<void>): Promise<void> {
    await bring(objectView(this.#repo, await this.#storage.toMix()))
  }

  async store(objects: readonly NewObject[]): Promise<readonly Oid[]> {
    this.#parts.sessions.warm(this.#repo)
    return this.#storage.store(objects)
  }

  async checkConnectivity(tips: readonly Oid[], olds: readonly Oid[]): Promise<void> {
    if (tips.every((tip) => this.#own.vouchesFor(tip))) return
    const known = await nearTips(this.#parts.refs, this.#repo, olds)
    const newIn = await this.#commits()
    const history = {
      newIn: async (oid: Oid) => this.#own.object(oid) ?? (await newIn(oid)),
      known,
      isInHistory: (oid: Oid) => isInHistory(this.#parts.objects, this.#repo, oid, known),
    }
    if ((await this.#isChecked()) && (await isSelfEvident(history, tips))) return
    await this.#ready()
    await checkConnectivity(this.#parts, this.#repo, await this.#env(), tips, olds)
  }

  async *pushed(): AsyncIterable<readonly PushedObject[]> {
    if (!this.#storage.isMixed) return yield* this.#pushedByUs()
    await this.#ready()
    yield* pushedObjects(this.#parts.launcher, this.#repo, await this.#storage.toRead(), this.#resources())
  }

  async *contents(oids: readonly Oid[], signal?: AbortSignal): AsyncIterable<Buffer> {
    const left: Oid[] = []
    for (const oid of oids) {
      const own = this.#own.content(oid)
      if (own) yield batchEntry(oid, own.type, own.content)
      else left.push(oid)
    }
    if (left.length === 0) return
    await this.#ready()
    const [directory, environment] = [await this.#storage.toRead(), await this.environment()]
    const resources = this.#resources()
    yield* contentsOf(this.#parts.launcher, this.#repo, left, { directory, environment, resources, signal })
  }

  async environment(): Promise<Readonly<Record<string, string>>> {
    const directory = await this.#storage.toRead()
    return directory === null ? { GIT_DIR: this.#repo.path } : objectView(this.#repo, directory)
  }

  async keepOnly(tips: readonly Oid[], olds: readonly Oid[]): Promise<void> {
    if (this.#storage.isUnused) return
    const { launcher, refs } = this.#parts
    const known = await nearTips(refs, this.#repo, olds)
    const directory = await this.#storage.toDrop()
    await this.#ready()
    await keepReachable(launcher, this.#repo, directory, { tips, known }, this.#resources())
  }

  async describe(updates: readonly RefUpdate[]): Promise<MovedRef[]> {
    const objects = {
      git: (args: readonly string[], opts?: GitOptions) => this.#read(args, opts),
      commitIn: await this.#commits(),
      gainedSince: this.#gainedSince,
      notKnown: () => this.#notKnown(updates),
    }
    return describeUpdates(objects, updates)
  }

  sync(): Promise<void> {
    return this.#storage.sync()
  }

  beginRefTransaction(updates: readonly RefUpdate[]): RefTransaction {
    const tips = updates.map(({ newOid }) => this.#own.content(newOid)).filter((tip) => tip !== null)
    const isShown = this.#storage.isFlat && fitsOnShelf(tips)
    const directory = () => (isShown ? Promise.resolve(null) : this.#storage.toRead())
    const objects = { tips: isShown ? tips : [], directory }
    return new SessionTransaction(this.#parts, this.#repo, objects, updates)
  }

  async migrate(): Promise<void> {
    if (this.#storage.isUnused) return
    const touched = await this.#storage.moveTo(`${this.#repo.path}/objects`)
    const { isMixed } = this.#storage
    if (isMixed || this.#own.made.length > 0) this.#parts.smallPushes?.packsChanged(this.#repo)
    if (!isMixed) for (const object of this.#own.made) this.#parts.objects.learn(this.#repo, object)
    this.#parts.unsynced.add(this.#repo.path, touched)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storage[Symbol.asyncDispose]()
  }

  readonly #gainedSince = (old: Oid, tip: Oid): Promise<Gained | null> =>
    gainedSince(this.#parts.objects, this.#repo, old, tip)

  /** `null`: taken without a process; else the pack, for git. */
  async #receiveSmall(pack: Readable, opts: ReceiveOptions): Promise<Readable | null> {
    const { smallPushes, limits } = this.#parts
    if (smallPushes === null || this.#storage.isMixed) return pack
    const maxBytes = Math.min(opts.maxBytes ?? Infinity, limits.maxPackBytes)
    const taken = await smallPushes.take(this.#repo, pack, { ...opts, maxBytes })
    if (taken.push === null) return taken.rest
    this.#own.takeOver(taken.push.holding)
    this.#storage.keep(taken.push)
    return null
  }

  *#pushedByUs(): Generator<readonly PushedObject[]> {
    using there = new ObjectProbe(this.#repo)
    yield* pagesOf([...this.#own.fresh((oid) => there.type(oid) !== null)])
  }

  /** How commits in here are read without a process: our own from memory, others where they lie loose. */
  async #commits(): Promise<(oid: Oid) => Promise<LooseObject>> {
    const directory = this.#storage.isMixed ? await this.#storage.toRead() : null
    const isLoose = directory !== null && (await this.#isLoose())
    return async (oid) => {
      const own = this.#own.newObject(oid)
      if (own !== null || directory === null) return own
      return isLoose ? readLooseCommit(directory, oid) : { type: 'other' }
    }
  }

  /** What its objects refer to was looked up as they came: by our own writers, or by `unpack-objects --strict`. */
  async #isChecked(): Promise<boolean> {
    return !this.#storage.isMixed || (await this.#isLoose())
  }

  /** No git has stored a pack, so all objects came through `unpack-objects --strict` or our own writers. */
  async #isLoose(): Promise<boolean> {
    const directory = await this.#storage.toRead()
    if (directory === null) return true
    return (await namesIn(`${directory}/pack`)).every((name) => this.#own.hasFile(`pack/${name}`))
  }

  /** git refuses to move refs while GIT_QUARANTINE_PATH is set: refs move in a transaction only. */
  async #env(): Promise<Record<string, string>> {
    const directory = await this.#storage.toRead()
    if (directory === null) return { GIT_DIR: this.#repo.path }
    return { ...objectView(this.#repo, directory), GIT_QUARANTINE_PATH: directory }
  }

  async #read(args: readonly string[], opts?: GitOptions, resources: ResourceLimits = {}): Promise<string> {
    const spec = {
      cwd: this.#repo.path,
      args,
      env: await this.#env(),
      wallMs: opts?.wallMs ?? GIT_WALL_MS,
      ...resources,
    }
    await this.#ready()
    const { stdout } = await this.#parts.launcher.run(spec, opts).catch(unlessTooSlow)
    return stdout.toString()
  }

  /** For what looks into objects that nobody has agreed to yet: a tree of 1 KB can name 10¹⁰ files. */
  #resources(): ResourceLimits {
    const { memoryBytes, cpuSeconds } = this.#parts.limits
    return { memoryBytes, cpuSeconds }
  }

  /** Enough of them to end a walk; all would not fit on a command line. */
  async #notKnown(updates: readonly RefUpdate[]): Promise<string[]> {
    const olds = updates.filter((u) => !isCreate(u)).map((u) => u.oldOid)
    const { args, lines } = await knownTips(this.#parts.refs, this.#repo, olds.slice(0, MAX_KNOWN_OLDS))
    return [...args, ...lines]
  }
}

/** Whoever reads the stream meets them; between two readers nobody listens. */
function ignoreErrors(stream: Readable): void {
  stream.on('error', () => {})
}

function unlessTooSlow(err: unknown): never {
  if (!(err instanceof AppError && err.cause instanceof TookTooLong)) throw err
  throw new AppError('UNAVAILABLE', { details: { reason: 'took too long' }, cause: err })
}
