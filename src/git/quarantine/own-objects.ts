/**
 * Objects that the server makes itself, stored in a quarantine without a process. What they name is vouched
 * for by whoever made them.
 *
 * @see gitformat-loose(5)
 */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { parseOid, type ObjectFormat, type Oid } from '../../kernel/ids.ts'
import type { NewObject } from '../../kernel/ports.ts'

const zip = promisify<Buffer, object, Buffer>(deflate)
/** As git's core.looseCompression. */
const LEVEL = { level: 1 }

/** @returns the object's id and its bytes with git's header */
export function hashObject({ type, content }: NewObject, format: ObjectFormat): { oid: Oid; bytes: Buffer } {
  const bytes = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content])
  return { oid: parseOid(createHash(format).update(bytes).digest('hex')), bytes }
}

/** Not forced to disk. @param directory object directory of a quarantine */
export async function storeLoose(
  directory: string,
  objects: readonly NewObject[],
  format: ObjectFormat,
): Promise<Oid[]> {
  return Promise.all(objects.map((object) => storeOne(directory, object, format)))
}

async function storeOne(directory: string, object: NewObject, format: ObjectFormat): Promise<Oid> {
  const { oid, bytes } = hashObject(object, format)
  const fanOut = `${directory}/${oid.slice(0, 2)}`
  const [deflated] = await Promise.all([zip(bytes, LEVEL), mkdir(fanOut, { recursive: true })])
  await writeFile(`${fanOut}/${oid.slice(2)}`, deflated, { mode: 0o444 }).catch(unlessThere)
  return oid
}

/** The same object twice in one quarantine: its file cannot be opened for writing again. */
function unlessThere(err: NodeJS.ErrnoException): void {
  if (err.code !== 'EACCES' && err.code !== 'EEXIST') throw err
}
