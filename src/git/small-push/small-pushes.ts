/**
 * Packs of small pushes, taken in without a process. One promise: what is taken here, git would take, too. Whatever is
 * unusual about a pack, faults and all, sends it to git with the very same bytes.
 *
 * @see gitformat-pack(5); git-unpack-objects(1)
 */
import type { Readable } from 'node:stream'
import type { ReceiveOptions } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { BuiltPack } from '../quarantine/own-pack.ts'
import { Budget } from './budget.ts'
import { checkObjects, type CheckedObject } from './check-objects.ts'
import { HeldBytes, type Holding } from './held-bytes.ts'
import { heldAgain, holdPack } from './hold-pack.ts'
import { KnownRepositories } from './known-repositories.ts'
import { SMALL_PUSH_LIMITS, type SmallPushLimits } from './limits.ts'
import { packAnew } from './pack-anew.ts'
import { readEntries } from './read-entries.ts'
import { RecentObjects } from './recent-objects.ts'
import { resolveDeltas } from './resolve-deltas.ts'
import { Unusual, type Reason } from './unusual.ts'

export interface SmallPush {
  /** Each once; the contents count as held until `holding` is disposed. */
  readonly objects: readonly CheckedObject[]
  readonly pack: BuiltPack
  readonly holding: Disposable
  /** Call when the repository has the pack: the next push need not look for it. */
  readonly landed: () => void
}

/** `rest`: the whole pack, for git. */
export type Taken = { readonly push: SmallPush } | { readonly push: null; readonly rest: Readable }

/** A request has commands before its pack. */
const MAX_COMMAND_BYTES = 1024 * 1024

export class SmallPushes implements Disposable {
  /** Packs taken. */
  taken = 0
  /** Packs that were left to git, by reason. */
  readonly leftToGit = new Map<Reason, number>()
  readonly #limits: SmallPushLimits
  readonly #held: HeldBytes
  readonly #recent = new RecentObjects()
  readonly #known = new KnownRepositories(this.#recent)

  constructor(limits: SmallPushLimits = SMALL_PUSH_LIMITS) {
    this.#limits = limits
    this.#held = new HeldBytes(limits.heldBytes)
  }

  /** Bytes that are held in memory just now. */
  get heldBytes(): number {
    return this.#held.now
  }

  /**
   * Nothing is written.
   *
   * @param pack read to its end if it is taken
   * @throws the stream's own error; `AbortError`
   */
  async take(repo: RepoHandle, pack: Readable, opts: ReceiveOptions): Promise<Taken> {
    const holding = this.#held.open()
    try {
      const taken = await this.#takeOrLeave(repo, pack, opts, holding)
      if (taken.push === null) holding[Symbol.dispose]()
      return taken
    } catch (err) {
      holding[Symbol.dispose]()
      throw err
    }
  }

  /** A git has put packs into the repository. */
  packsChanged(repo: RepoHandle): void {
    this.#known.packsChanged(repo)
  }

  [Symbol.dispose](): void {
    this.#known[Symbol.dispose]()
  }

  async #takeOrLeave(
    repo: RepoHandle,
    pack: Readable,
    { maxBytes = Infinity, announcedBytes, signal }: ReceiveOptions,
    holding: Holding,
  ): Promise<Taken> {
    const limits = { ...this.#limits, wireBytes: Math.min(this.#limits.wireBytes, maxBytes) }
    if (isAnnouncedLarge(announcedBytes, limits)) return this.#leave(pack, 'large')
    const held = await holdPack(pack, limits, holding, signal)
    if (held.whole === null) return this.#leave(held.rest, held.reason)
    try {
      const push = await this.#look(repo, held.whole, holding)
      this.taken++
      return { push }
    } catch (err) {
      return this.#leave(heldAgain(held.whole), err instanceof Unusual ? err.reason : 'malformed')
    }
  }

  async #look(repo: RepoHandle, whole: Buffer, holding: Holding): Promise<SmallPush> {
    const format = repo.objectFormat
    const budget = new Budget(holding, this.#limits.inflatedBytes)
    using known = this.#known.open(repo)
    const entries = await readEntries(whole, format, budget)
    const objects = await resolveDeltas(entries, { format, bases: known.objects, budget })
    const checked = await checkObjects(objects, known.objects, format)
    const pack = await packAnew(objects, format)
    return { objects: checked, pack, holding, landed: () => this.#remember(repo, checked, pack) }
  }

  #remember(repo: RepoHandle, objects: readonly CheckedObject[], { name, index }: BuiltPack): void {
    for (const object of objects) this.#recent.add(object)
    this.#known.add(repo, `pack-${name}`, index)
  }

  #leave(rest: Readable, reason: Reason): Taken {
    this.leftToGit.set(reason, (this.leftToGit.get(reason) ?? 0) + 1)
    return { push: null, rest }
  }
}

/** Most clients announce nothing, or the length of the request. */
function isAnnouncedLarge(bytes: number | undefined, { wireBytes }: SmallPushLimits): boolean {
  return bytes !== undefined && bytes < Infinity && bytes > wireBytes + MAX_COMMAND_BYTES
}
