/** A pack without objects comes with every push that only names what is there already: no git for that. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { ObjectFormat } from '../../kernel/ids.ts'
import { readExactly } from './read-exactly.ts'

/** Is the trailer that follows `header` the right one? @see gitformat-pack(5) */
export async function isEmptyPack(
  pack: Readable,
  header: Buffer,
  objectFormat: ObjectFormat,
): Promise<boolean> {
  const expected = createHash(objectFormat).update(header).digest()
  return expected.equals(await readExactly(pack, expected.length))
}
