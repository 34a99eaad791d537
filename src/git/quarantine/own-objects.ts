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
import { hashObject, type HashedObject } from './hashed-object.ts'
import { parseNew, type LooseObject } from './loose-commit.ts'
import { moveFiles } from './object-migration.ts'
import { writeObjects, writePack } from './own-files.ts'

interface OwnObject extends PushedObject {
  readonly parsed: () => NonNullable<LooseObject>
  /** `null`: only on disk. */
  readonly content: Buffer | null
  /** Whoever made it vouches that what it names is there. */
  readonly isVouchedFor: boolean
  /** The repository does not have it; `null`: nobody has looked. */
  readonly isNew: boolean | null
}

export class OwnObjects implements Disposable {
  readonly #known = new Map<Oid, OwnObject>()
  /** Paths below the object directory of the quarantine. */
  readonly #files = new Set<string>()
  #holding: Disposable | null = null
  #landed = () => {}

  /** @param directory object directory of the quarantine. @returns their ids, in order */
  async store(
    directory: string,
    objects: readonly NewObject[],
    format: ObjectFormat,
  ): Promise<readonly Oid[]> {
    const hashed = objects.map(({ oid, ...object }) =>
      oid ? { ...object, oid } : hashObject(object, format),
    )
    for (const path of await writeObjects(directory, hashed, format)) this.#files.add(path)
    for (const { oid, type, content } of hashed) {
      const parsed = parseNew(oid, type, content)
      const bytes = content.length
      this.#known.set(oid, {
        oid,
        type,
        bytes,
        content: null,
        isVouchedFor: true,
        isNew: null,
        parsed: () => parsed,
      })
    }
    return hashed.map(({ oid }) => oid)
  }

  /** Takes over what a small push holds: it is given back when this is disposed, whether or not anything is stored. */
  hold(holding: Disposable): void {
    this.#holding = holding
  }

  /** The contents stay in memory until this is disposed. */
  async keep(directory: string, { objects, pack, landed }: Omit<SmallPush, 'holding'>): Promise<void> {
    this.#landed = landed
    for (const path of await writePack(directory, pack)) this.#files.add(path)
    for (const { oid, type, content, isNew } of objects) {
      const parsed = () => parseNew(oid, type, content)
      this.#known.set(oid, { oid, type, bytes: content.length, content, isVouchedFor: false, isNew, parsed })
    }
  }

  /** @param path below the object directory of the quarantine */
  hasFile(path: string): boolean {
    return this.#files.has(path)
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

  sync(directory: string): Promise<void> {
    const files = Array.from(this.#files, (path) => `${directory}/${path}`)
    return syncPaths([...files, directory, ...directoriesOf(directory, this.#files)])
  }

  /** As `migrateObjects`, without looking what there is. */
  moveTo(directory: string, to: string): string[] {
    const touched = moveFiles(directory, to, [...this.#files])
    this.#landed()
    return touched
  }

  /** After the move: they are empty. */
  async removeDirectories(directory: string): Promise<void> {
    await Promise.all(directoriesOf(directory, this.#files).map((path) => rmdir(path)))
  }

  [Symbol.dispose](): void {
    this.#holding?.[Symbol.dispose]()
    this.#known.clear()
  }
}

function directoriesOf(directory: string, files: Iterable<string>): string[] {
  return [...new Set(Array.from(files, (path) => `${directory}/${dirname(path)}`))]
}
