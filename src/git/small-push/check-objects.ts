/** Would git take these objects, all of them, into this repository? Anything but a clear yes is for git to say. */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import { checkObject } from '../fsck/check-object.ts'
import type { ObjectType } from '../objects/object-type.ts'
import { ScanPace } from '../refs/ref-scan-pace.ts'
import type { KnownObjects } from './known-objects.ts'
import { ReadFiles } from './read-files.ts'
import type { PackedObject } from './resolve-deltas.ts'
import { Unusual } from './unusual.ts'

export type CheckedObject = PackedObject & {
  /** The repository did not have it. */
  readonly isNew: boolean
}

/**
 * Each object is as git's fsck wants it, and so is what it refers to there, in the pack or in the repository.
 *
 * @throws Unusual
 * @see git-unpack-objects(1), --strict
 */
export async function checkObjects(
  objects: readonly PackedObject[],
  known: KnownObjects,
  format: ObjectFormat,
): Promise<readonly CheckedObject[]> {
  const types = new Map<Oid, ObjectType>(objects.map(({ oid, type }) => [oid, type]))
  const files = new ReadFiles(new Map(objects.map((object) => [object.oid, object])), known)
  const pace = new ScanPace()
  const checked: CheckedObject[] = []
  for (const object of objects) {
    if (object.type !== 'blob' && object.content.length > MAX_READ_BYTES) throw new Unusual('large')
    const check = checkObject(object.type, object.content, format)
    if (check.kind !== 'sound' && check.kind !== 'sound with files') throw new Unusual('fsck')
    for (const { oid, type } of check.references) {
      if (pace.isOver()) await pace.rest()
      const there = types.get(oid) ?? known.type(oid)
      if (there !== type) throw new Unusual('missing')
      types.set(oid, there)
    }
    if ('files' in check && !check.files.every((file) => files.isSound(file))) throw new Unusual('fsck')
    checked.push({ ...object, isNew: isNew(object, known) })
    if (pace.isOver()) await pace.rest()
  }
  return checked
}

/** A tree is read to its end without a pause; some milliseconds for so much. */
const MAX_READ_BYTES = 256 * 1024

/** @throws Unusual for the same id with other content */
function isNew({ oid, type, content }: PackedObject, known: KnownObjects): boolean {
  if (!known.has(oid)) return true
  const there = known.read(oid, 2 * content.length + MAX_OVERHEAD_BYTES)
  if (there?.type !== type || !there.content.equals(content)) throw new Unusual('known')
  return false
}

/** Of the deltas that it is stored as: then git looks. */
const MAX_OVERHEAD_BYTES = 64 * 1024
