/** Bad objects out of good and hostile ones, and other good ones. The same dice give the same objects. */
import type { FileName } from '../../../src/git/fsck/check.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import type { Dice } from '../dice.ts'
import { mutateLines } from './mutate-lines.ts'
import { mutateTree } from './mutate-tree.ts'
import { objectOf, type HashedObject } from './object-text.ts'

export interface MutationParts {
  readonly format: ObjectFormat
  readonly dice: Dice
  /** What is changed: mostly the good. */
  readonly good: readonly HashedObject[]
  readonly hostile: readonly HashedObject[]
  /** What ids are taken from. */
  readonly known: Readonly<Record<'commit' | 'tree' | 'blob' | FileName, readonly HashedObject[]>>
}

/** One mutation in four is of bytes, the others are of what they mean; up to three of them. */
export function mutateObject(parts: MutationParts): HashedObject {
  const { format, dice, good, hostile } = parts
  const { type, content } = dice.pick(dice.below(5) === 0 ? hostile : good)
  let bytes = content
  for (let left = Math.max(0, dice.below(6) - 3); left >= 0; left--) {
    if (dice.below(4) === 0) bytes = mutateBytes(bytes, parts)
    else if (type === 'tree') bytes = mutateTree(bytes, parts)
    else bytes = mutateLines(bytes, parts)
  }
  return objectOf(type, bytes, format)
}

/** That are a number, an end or a separator somewhere. */
const BYTES = [0, 0x0a, 0x20, 0x2e, 0x2f, 0x30, 0x37, 0x38, 0x3c, 0x3e, 0x5c, 0x7e, 0x80, 0xff]

function mutateBytes(bytes: Buffer, { dice, good }: MutationParts): Buffer {
  const at = dice.below(bytes.length + 1)
  const end = Math.min(bytes.length, at + dice.below(8))
  const other = dice.pick(good).content
  const byte = dice.below(2) === 0 ? dice.pick(BYTES) : dice.below(256)
  switch (dice.below(5)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)])
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + 1)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
    case 3:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    default:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(dice.below(other.length + 1))])
  }
}
