/**
 * Objects that this process has stored in a quarantine itself: those that the server makes, and those of small
 * pushes. What is asked of them later is answered from memory.
 */
import { rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { NewObject, PushedObject } from '../../kernel/ports.ts'
import { syncPaths } from '../durable.ts'
import type { SmallPush } from '../small-push/small-pushes.ts'
import { deflateAll } from './deflate-all.ts'
import { hashObject, type HashedObject } from './hashed-object.ts'
import { parseNew, type LooseObject } from './loose-commit.ts'
import { moveFiles } from './object-migration.ts'
import { FlatPack } from './flat-pack.ts'
import { writeObjects } from './own-files.ts'
import { buildPack, type BuiltPack } from './own-pack.ts'
import type { SharedSync } from './shared-sync.ts'

interface OwnObject extends PushedObject {
  readonly parsed: () => NonNullable<LooseObject>
  /** `null`: only on disk. */
  readonly content: Buffer | null
  /** Whoever made it vouches that what it names is there. */
  readonly isVouchedFor: boolean
  /** The repository does not have it; `null`: nobody has looked. */
  readonly isNew: boolean | null
}

/** More is written at once, so that not all bodies of commits stand in memory until they are accepted. */
const MAX_PENDING_BYTES = 1024 * 1024

export class OwnObjects implements Disposable {
  readonly #known = new Map<Oid, OwnObject>()
  /** Paths below the object directory of the quarantine. */
  readonly #files = new Set<string>()
  readonly #made: HashedObject[] = []
  /** Stored, and packed by `sync`. */
  readonly #pending: HashedObject[] = []
  #pendingBytes = 0
  #flat: FlatPack | null = null
  #syncing: Promise<void> | null = null
  #holding: Disposable | null = null
  #landed = () => {}

  /** Whether `hold` may be given them. */
  mayHold(objects: readonly NewObject[]): boolean {
    const bytes = objects.reduce((sum, { content }) => sum + content.length, this.#pendingBytes)
    return this.#flat === null && this.#syncing === null && bytes <= MAX_PENDING_BYTES
  }

  /** Nothing is written before `sync`. @returns their ids, in order */
  hold(objects: readonly NewObject[], format: ObjectFormat): readonly Oid[] {
    const hashed = hashAll(objects, format)
    for (const object of hashed) {
      this.#pending.push(object)
      this.#pendingBytes += object.content.length
      this.#note(object, object.content)
    }
    return hashed.map(({ oid }) => oid)
  }

  /** @param directory object directory of the quarantine. @returns their ids, in order */
  async store(
    directory: string,
    objects: readonly NewObject[],
    format: ObjectFormat,
  ): Promise<readonly Oid[]> {
    const hashed = hashAll(objects, format)
    for (const path of await writeObjects(directory, hashed, format)) this.#files.add(path)
    for (const object of hashed) this.#note(object, null)
    return hashed.map(({ oid }) => oid)
  }

  /** Takes over what a small push holds: it is given back when this is disposed, whether or not anything is stored. */
  takeOver(holding: Disposable): void {
    this.#holding = holding
  }

  /** Nothing is written before `sync`; the contents stay in memory until this is disposed. */
  keep(directory: string, { objects, pack, landed }: Omit<SmallPush, 'holding'>): void {
    this.#landed = landed
    this.#flat = new FlatPack(directory, pack)
    for (const { oid, type, content, isNew } of objects) {
      const parsed = () => parseNew(oid, type, content)
      this.#known.set(oid, { oid, type, bytes: content.length, content, isVouchedFor: false, isNew, parsed })
    }
  }

  /** @param path below the object directory of the quarantine */
  hasFile(path: string): boolean {
    return this.#files.has(path) || this.#flat?.hasFile(path) === true
  }

  /** What `hold` and `store` were given, but for the blobs. */
  get made(): readonly HashedObject[] {
    return this.#made
  }

  vouchesFor(oid: Oid): boolean {
    return this.#known.get(oid)?.isVouchedFor === true
  }

  /** `null`: not stored here. */
  object(oid: Oid): LooseObject {
    return this.#known.get(oid)?.parsed() ?? null
  }

  /** `null`: not stored here, or there before. */
  newObject(oid: Oid): LooseObject {
    return this.#known.get(oid)?.isNew === false ? null : this.object(oid)
  }

  /** All that the repository did not have. @param isKnown looks whether it has an object */
  *fresh(isKnown: (oid: Oid) => boolean): Generator<PushedObject> {
    for (const { oid, type, bytes, isNew } of this.#known.values())
      if (isNew ?? !isKnown(oid)) yield { oid, type, bytes }
  }

  /** `null`: not here, or not in memory. */
  content(oid: Oid): HashedObject | null {
    const own = this.#known.get(oid)
    return own?.content ? { oid, type: own.type, content: own.content } : null
  }

  /** There is something that needs no directory as long as no git asks for it. */
  get isFlat(): boolean {
    return this.#flat !== null || this.#pending.length > 0 || this.#syncing !== null
  }

  /** For gits. @param directory object directory of the quarantine */
  async copyTo(directory: string, format: ObjectFormat): Promise<void> {
    await this.#flat?.copyTo(directory)
    if (this.#pending.length > 0) await writeObjects(directory, this.#pending, format)
  }

  /** What lies beside the directory; at once where that is done. @param parent the directory of quarantines */
  syncFlat(directory: string, parent: SharedSync, format: ObjectFormat): Promise<void> {
    return (this.#syncing ??= this.#writeFlat(directory, parent, format))
  }

  /** @param parent the directory of quarantines */
  async sync(directory: string, parent: SharedSync, format: ObjectFormat): Promise<void> {
    await this.syncFlat(directory, parent, format)
    if (this.#files.size === 0) return
    const files = Array.from(this.#files, (path) => `${directory}/${path}`)
    const directories = [directory, ...directoriesOf(directory, this.#files)]
    await Promise.all([syncPaths([...files, ...directories]), parent.sync()])
  }

  /** As `migrateObjects`, without looking what there is; after `syncFlat`. */
  moveTo(directory: string, to: string): string[] {
    const touched = [...(this.#flat?.moveTo(to) ?? []), ...moveFiles(directory, to, [...this.#files])]
    this.#landed()
    return touched
  }

  /** After the move: they are empty. */
  async removeDirectories(directory: string): Promise<void> {
    await Promise.all(directoriesOf(directory, this.#files).map((path) => rmdir(path)))
  }

  /** What lies beside the directory. */
  async removeFlat(): Promise<void> {
    await this.#syncing?.catch(() => {}) // told to whoever asked for it
    await this.#flat?.remove()
    this.#flat = this.#syncing = null
  }

  async #writeFlat(directory: string, parent: SharedSync, format: ObjectFormat): Promise<void> {
    if (this.#pending.length > 0) {
      const pack = await this.#packPending(format)
      this.#flat = new FlatPack(directory, pack)
      this.#pending.length = 0 // in one step: a git may ask for a copy of either meanwhile
    }
    await this.#flat?.sync(parent)
  }

  async #packPending(format: ObjectFormat): Promise<BuiltPack> {
    const distinct = new Map(this.#pending.map((object) => [object.oid, object]))
    return buildPack(await deflateAll([...distinct.values()], ({ content }) => content), format)
  }

  /** @param content where it stays in memory */
  #note(object: HashedObject, content: Buffer | null): void {
    const { oid, type } = object
    if (type !== 'blob') this.#made.push(object)
    const parsed = parseNew(oid, type, object.content)
    const own = { oid, type, bytes: object.content.length, content, isVouchedFor: true, isNew: null }
    this.#known.set(oid, { ...own, parsed: () => parsed })
  }

  [Symbol.dispose](): void {
    this.#holding?.[Symbol.dispose]()
    this.#known.clear()
    this.#made.length = 0
  }
}

function hashAll(objects: readonly NewObject[], format: ObjectFormat): HashedObject[] {
  return objects.map(({ oid, ...object }) => (oid ? { ...object, oid } : hashObject(object, format)))
}

function directoriesOf(directory: string, files: Iterable<string>): string[] {
  return [...new Set(Array.from(files, (path) => `${directory}/${dirname(path)}`))]
}
