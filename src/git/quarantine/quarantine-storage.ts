/**
 * Where the objects of one quarantine lie: in memory, in the files of a flat pack, or in an object directory of its
 * own that gits see. Nothing is on disk before it has to be.
 */
import { mkdir, rm, rmdir } from 'node:fs/promises'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { NewObject } from '../../kernel/ports.ts'
import type { SmallPush } from '../small-push/small-pushes.ts'
import type { Cleanup } from './cleanup.ts'
import { flatFiles, moveFlatFiles } from './flat-pack.ts'
import { migrateObjects, objectDirectories, syncObjects } from './object-migration.ts'
import { OwnObjects } from './own-objects.ts'
import type { SharedSync } from './shared-sync.ts'

export interface QuarantineStorageParts {
  /** Holds all quarantines of this server. */
  readonly parent: SharedSync
  readonly cleanup: Cleanup
}

export class QuarantineStorage implements AsyncDisposable {
  /** What was stored without a process. */
  readonly own = new OwnObjects()
  readonly #parts: QuarantineStorageParts
  readonly #directory: string
  readonly #format: ObjectFormat
  /** `kept`: a crash left it behind; its migration may have begun. `migrated`: nothing is in it any more. */
  #state: 'open' | 'kept' | 'migrated'
  /** A git has, or may have, put objects here. */
  #isMixed: boolean
  /** The directory, on its way; `null`: nobody has needed it. */
  #made: Promise<void> | null = null

  constructor(
    parts: QuarantineStorageParts,
    { directory, format }: { directory: string; format: ObjectFormat },
    state: 'open' | 'kept',
  ) {
    this.#parts = parts
    this.#directory = directory
    this.#format = format
    this.#state = state
    this.#isMixed = state === 'kept'
  }

  /** Nothing was stored. */
  get isUnused(): boolean {
    return this.#state === 'open' && this.#made === null && !this.own.isFlat
  }

  get isMixed(): boolean {
    return this.#isMixed
  }

  /** Only in memory, or beside the directory, where no git sees it. */
  get isFlat(): boolean {
    return this.own.isFlat && this.#made === null
  }

  /** Object directory for a git that reads; `null` also for what is gone: git does not start where it is missing. */
  async toRead(): Promise<string | null> {
    if (this.isUnused || this.#state === 'migrated') return null
    return this.toStore()
  }

  /** Object directory for objects of our own. Several may be the first at once. */
  async toStore(): Promise<string> {
    if (this.#state === 'open') await (this.#made ??= this.#make())
    return this.#directory
  }

  /** Object directory for a git that stores objects there. */
  async toMix(): Promise<string> {
    const directory = await this.toStore()
    this.#isMixed = true
    return directory
  }

  /** As `toMix`, for a git that drops objects. */
  async toDrop(): Promise<string> {
    const directory = await this.toMix()
    await this.own.removeFlat() // gits have a copy
    return directory
  }

  keep(push: Omit<SmallPush, 'holding'>): void {
    this.own.keep(this.#directory, push)
  }

  async store(objects: readonly NewObject[]): Promise<readonly Oid[]> {
    if (this.#made === null && this.own.mayHold(objects)) return this.own.hold(objects, this.#format)
    return this.own.store(await this.toStore(), objects, this.#format)
  }

  /** Forces what is stored to disk, name and all. */
  async sync(): Promise<void> {
    if (this.isUnused) return
    const [directory, { parent }] = [this.#directory, this.#parts]
    if (!this.#isMixed) return await this.own.sync(directory, parent, this.#format)
    await Promise.all([syncObjects(directory), parent.sync()])
  }

  /**
   * By rename, a pack before its index. May be called again after a crash.
   *
   * @param objects object directory of the repository
   * @returns directories of the repository that are to be synced
   */
  async moveTo(objects: string): Promise<string[]> {
    const touched = this.#isMixed
      ? await migrateObjects(this.#directory, objects)
      : await this.#moveOwn(objects)
    if (this.#state === 'kept') await moveFlatFiles(this.#directory, objects)
    const all = this.#state === 'kept' ? await objectDirectories(objects) : touched
    this.#state = 'migrated'
    return all
  }

  /** Drops what was not migrated. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { isUnused } = this
    this.own[Symbol.dispose]()
    if (isUnused) return
    const isEmpty = this.#state === 'migrated' && !this.#isMixed
    if (!isEmpty) await this.#remove()
    else if (this.#made !== null) this.#parts.cleanup.add(() => this.#removeEmpty())
  }

  async #moveOwn(objects: string): Promise<string[]> {
    await this.own.syncFlat(this.#directory, this.#parts.parent, this.#format)
    return this.own.moveTo(this.#directory, objects)
  }

  async #make(): Promise<void> {
    await mkdir(this.#directory)
    await this.own.copyTo(this.#directory, this.#format)
  }

  /** Nobody waits for it: what is left is empty, or dropped by the next start. */
  async #removeEmpty(): Promise<void> {
    await this.own.removeDirectories(this.#directory)
    await this.#remove()
  }

  /** Empty after a migration; else the slower way. */
  async #remove(): Promise<void> {
    await this.own.removeFlat()
    if (this.#made === null && this.#state === 'open') return
    await rmdir(this.#directory).catch(() => rm(this.#directory, { recursive: true, force: true }))
    if (this.#state === 'kept')
      for (const file of await flatFiles(this.#directory)) await rm(file, { force: true })
  }
}
