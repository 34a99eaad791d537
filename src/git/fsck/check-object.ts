/**
 * Would git take this object under `--strict`, told at once and in process. Says yes only where git does; every
 * other answer sends the push to git. Not whether what it refers to is there.
 */
import type { ObjectFormat } from '../../kernel/ids.ts'
import type { ObjectType } from '../objects/object-type.ts'
import { checkCommit } from './check-commit.ts'
import { checkTag } from './check-tag.ts'
import { checkTree } from './check-tree.ts'
import type { Check } from './check.ts'

export type { Check, ReadFile, Reference } from './check.ts'
export { isSoundFile } from './sound-file.ts'

/**
 * @param content without the header of a loose object
 * @see git-fsck(1), fsck.<msg-id>; git-index-pack(1) and git-unpack-objects(1), --strict
 */
export function checkObject(type: ObjectType, content: Buffer, format: ObjectFormat): Check {
  switch (type) {
    case 'commit':
      return checkCommit(content, format)
    case 'tree':
      return checkTree(content, format)
    case 'tag':
      return checkTag(content, format)
    case 'blob': // what git reads of some it finds by their names, in trees
      return { kind: 'sound', references: [] }
  }
}
