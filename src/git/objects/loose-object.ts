/** Looks at a loose object: its start, or all of a small one. @see gitformat-loose(5) */
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { orNullIfDamaged } from './damage.ts'
import { inflateStart } from './inflate.ts'
import { isObjectType, type ObjectType } from './object-type.ts'
import { readAt } from './read-at.ts'
import { TAG_HEADER_BYTES } from './tag-header.ts'

/** Deflated bytes that hold the object's own header and that of a tag. */
const START_BYTES = 1024
/** No compression of `START_BYTES` inflates to more. */
const MAX_START_BYTES = 2 * 1024 * 1024
const HEADER = /^([a-z]+) ([0-9]+)\0/
const MAX_HEADER_BYTES = 32

export interface LooseStart {
  readonly type: ObjectType
  /** Content from its first byte; the header of a tag is whole. */
  readonly start: Buffer
}

export function hasLooseObject(objectsPath: string, oid: string): boolean {
  return statSync(looseObjectPath(objectsPath, oid), { throwIfNoEntry: false }) !== undefined
}

/** @returns `null` when there is none or it is damaged */
export function readLooseStart(objectsPath: string, oid: string): LooseStart | null {
  const bytes = orNullIfDamaged(() => readStart(looseObjectPath(objectsPath, oid)))
  const match = HEADER.exec(bytes?.toString('latin1', 0, MAX_HEADER_BYTES) ?? '')
  const [header = '', type = ''] = match ?? []
  if (bytes === null || !isObjectType(type)) return null
  return { type, start: bytes.subarray(header.length, header.length + TAG_HEADER_BYTES) }
}

/** @returns `null` when there is none, it is damaged, or it has more than `maxBytes` */
export function readLooseObject(
  objectsPath: string,
  oid: string,
  maxBytes: number,
): { readonly type: ObjectType; readonly content: Buffer } | null {
  const bytes = orNullIfDamaged(() => {
    const path = looseObjectPath(objectsPath, oid)
    if (statSync(path).size > maxBytes) throw new Error('too large')
    return inflateSync(readFileSync(path), { maxOutputLength: maxBytes + MAX_HEADER_BYTES })
  })
  const match = HEADER.exec(bytes?.toString('latin1', 0, MAX_HEADER_BYTES) ?? '')
  const [header = '', type = '', size] = match ?? []
  const content = bytes?.subarray(header.length)
  return content?.length === Number(size) && isObjectType(type) ? { type, content } : null
}

function readStart(path: string): Buffer {
  const fd = openSync(path, 'r')
  try {
    return inflateStart(readAt(fd, 0, START_BYTES), MAX_START_BYTES)
  } finally {
    closeSync(fd)
  }
}

function looseObjectPath(objectsPath: string, oid: string): string {
  return `${objectsPath}/${oid.slice(0, 2)}/${oid.slice(2)}`
}
