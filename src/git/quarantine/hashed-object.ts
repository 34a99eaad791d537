/** An object and its id. @see gitformat-loose(5), whose header is what is hashed, also for what lies in a pack */
import { createHash } from 'node:crypto'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { NewObject } from '../../kernel/ports.ts'

export interface HashedObject extends NewObject {
  readonly oid: Oid
}

export function hashObject({ type, content }: NewObject, format: ObjectFormat): HashedObject {
  const hash = createHash(format).update(objectHeader({ type, content })).update(content)
  return { type, content, oid: hash.digest('hex') as Oid }
}

export function objectHeader({ type, content }: NewObject): string {
  return `${type} ${content.length}\0`
}
