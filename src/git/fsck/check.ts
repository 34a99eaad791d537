/** What a look at an object by git's rules may come to. The rules are in the files beside this one. */
import type { Oid } from '../../kernel/ids.ts'
import type { ObjectType } from '../objects/object-type.ts'

/**
 * `sound`: git accepts it without a word. `sound with files`: so it does if `isSoundFile` is true of each. `fault`:
 * git refuses it, with at least this message id.
 * `unusual`: git has to look itself, for it warns of it, was told to tolerate it, or looks at more than this object.
 *
 * @see git-fsck(1), fsck.<msg-id>
 */
export type Check =
  | { readonly kind: 'sound'; readonly references: readonly Reference[] }
  | {
      readonly kind: 'sound with files'
      readonly references: readonly Reference[]
      readonly files: readonly ReadFile[]
    }
  | { readonly kind: 'fault'; readonly id: string }
  | { readonly kind: 'unusual' }

/** An object that must be there, and be of this type. Submodules are none. */
export interface Reference {
  readonly oid: Oid
  readonly type: ObjectType
}

/** One of the references, a blob that git reads because of its name. */
export interface ReadFile {
  readonly oid: Oid
  readonly name: FileName
}

export type FileName = '.gitattributes' | '.gitmodules'

export const UNUSUAL: Check = { kind: 'unusual' }

export function fault(id: string): Check {
  return { kind: 'fault', id }
}
