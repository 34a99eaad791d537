/** Objects put together as git would write them, and as it would not. */
import { hashObject, type HashedObject } from '../../../src/git/quarantine/hashed-object.ts'
import type { ObjectType } from '../../../src/git/objects/object-type.ts'
import { oidLength, type ObjectFormat } from '../../../src/kernel/ids.ts'

export type { HashedObject }

/** Names and modes are bytes as characters. */
export interface Entry {
  readonly mode: string
  readonly name: string
  /** Hex. */
  readonly oid: string
}

export const WHO = 'A U Thor <author@example.com> 1700000000 +0100'

export function objectOf(type: ObjectType, content: Buffer | string, format: ObjectFormat): HashedObject {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
  return hashObject({ type, content: bytes }, format)
}

export function treeOf(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ mode, name, oid }) => [
    Buffer.from(`${mode} ${name}\0`, 'latin1'),
    Buffer.from(oid, 'hex'),
  ])
  return Buffer.concat(parts)
}

/** Those of a tree that can be read; what is cut is left as it is. */
export function entriesOf(content: Buffer, format: ObjectFormat): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at < content.length;) {
    const end = content.indexOf(0, at)
    if (end < 0) break
    const [mode = '', name = ''] = content.toString('latin1', at, end).split(/ (.*)/s)
    at = end + 1 + oidLength(format) / 2
    entries.push({ mode, name, oid: content.toString('hex', end + 1, at) })
  }
  return entries
}

/** In git's order. */
export function sorted(entries: readonly Entry[]): Entry[] {
  const key = ({ mode, name }: Entry) => Buffer.from(/^0*4/.test(mode) ? `${name}/` : name, 'latin1')
  return entries.toSorted((a, b) => key(a).compare(key(b)))
}
