/**
 * Objects that the server makes itself, stored in a quarantine without a process. Whoever makes them vouches
 * that what they name is there; what is asked of them later is answered from memory.
 */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { NewObject } from '../../kernel/ports.ts'
import { hashObject } from './hashed-object.ts'
import { parseCommit, type LooseObject } from './loose-commit.ts'
import { writeObjects } from './own-files.ts'

export class OwnObjects {
  readonly #known = new Map<Oid, LooseObject>()

  /** @param directory object directory of the quarantine. @returns their ids, in order */
  async store(
    directory: string,
    objects: readonly NewObject[],
    format: ObjectFormat,
  ): Promise<readonly Oid[]> {
    const hashed = objects.map(({ oid, ...object }) =>
      oid ? { ...object, oid } : hashObject(object, format),
    )
    await writeObjects(directory, hashed, format)
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
}
