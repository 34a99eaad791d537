/** What our rules come to for objects that are all at hand, the files that git reads among them. */
import { checkObject, isSoundFile, type Check, type ReadFile } from '../../../src/git/fsck/check-object.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import type { HashedObject } from './object-text.ts'

/** A file that is not sound, or not at hand, makes its tree unusual. */
export type Verdict = Exclude<Check, { kind: 'sound with files' }>

export interface Looked {
  readonly object: HashedObject
  readonly ours: Verdict
  /** Of what is sound. */
  readonly files: readonly (ReadFile & { readonly object: HashedObject })[]
}

export function lookAtAll(objects: readonly HashedObject[], format: ObjectFormat): Looked[] {
  const byId = new Map(objects.map((object) => [object.oid, object]))
  return objects.map((object): Looked => {
    const check = checkObject(object.type, object.content, format)
    if (check.kind !== 'sound with files') return { object, ours: check, files: [] }
    const files = check.files.flatMap((file) => {
      const blob = byId.get(file.oid)
      return blob?.type === 'blob' && isSoundFile(file.name, blob.content) ? [{ ...file, object: blob }] : []
    })
    if (files.length < check.files.length) return { object, ours: { kind: 'unusual' }, files: [] }
    return { object, ours: { kind: 'sound', references: check.references }, files }
  })
}
