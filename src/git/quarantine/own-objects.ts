/**
 * Objects that the server makes itself, stored in a quarantine without a process. Whoever makes them vouches
 * that what they name is there; what is asked of them later is answered from memory.
 */
import { rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { NewObject } from '../../kernel/ports.ts'
import { syncPaths } from '../durable.ts'
import { hashObject } from './hashed-object.ts'
import { parseCommit, type LooseObject } from './loose-commit.ts'
import { moveFiles } from './object-migration.ts'
import { writeObjects } from './own-files.ts'

export class OwnObjects {
  readonly #known = new Map<Oid, LooseObject>()
  /** Paths below the object directory of the quarantine. */
  readonly #files = new Set<string>()

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
    for (const { oid, type, content } of hashed)
      this.#known.set(oid, (type === 'commit' && parseCommit(oid, content.toString())) || { type: 'other' })
    return hashed.map(({ oid }) => oid)
  }

  has(oid: Oid): boolean {
    return this.#known.has(oid)
  }

  /** `null`: not stored here. */
  commit(oid: Oid): LooseObject {
    return this.#known.get(oid) ?? null
  }

  sync(directory: string): Promise<void> {
    const files = Array.from(this.#files, (path) => `${directory}/${path}`)
    return syncPaths([...files, directory, ...this.#directories(directory)])
  }

  /** As `migrateObjects`, without looking what there is. */
  moveTo(directory: string, to: string): string[] {
    return moveFiles(directory, to, [...this.#files])
  }

  /** After the move: they are empty. */
  async removeDirectories(directory: string): Promise<void> {
    await Promise.all(this.#directories(directory).map((path) => rmdir(path)))
  }

  #directories(directory: string): string[] {
    return [...new Set(Array.from(this.#files, (path) => `${directory}/${dirname(path)}`))]
  }
}
