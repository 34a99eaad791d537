/** Objects that lie loose in a quarantine: what there is, and what small ones hold. Not for large ones: git streams these. */
import { closeSync, openSync, readdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { isOid, type Oid } from '../../kernel/ids.ts'
import type { PushedObject } from '../../kernel/ports.ts'
import { inflateStart } from '../objects/inflate.ts'
import { isObjectType } from '../objects/object-type.ts'
import { readAt } from '../objects/read-at.ts'

/** Deflated bytes that hold the header of an object, and what they inflate to at most. */
const START_BYTES = 64
const MAX_START_BYTES = 64 * 1024
/** Of a small object, deflated or not. */
const MAX_BYTES = 256 * 1024
const MAX_HEADER_BYTES = 32
const HEADER = /^([a-z]+) ([0-9]+)\0/

const unzip = promisify<Buffer, object, Buffer>(inflate)

/** In no order. @param directory an object directory */
export async function looseOids(directory: string): Promise<readonly Oid[]> {
  const names = await readdir(directory)
  const below = names.filter((name) => /^[0-9a-f]{2}$/.test(name))
  // a handful of tiny directories: a turn of the thread pool for each would take ten times as long
  const rests = below.map((name) => readdirSync(`${directory}/${name}`))
  return rests.flatMap((files, i) => files.map((rest) => `${below[i]}${rest}`)).filter(isOid)
}

/** Reads no more than the header. @throws Error when there is none, or it is damaged */
export function looseEntry(directory: string, oid: Oid): PushedObject {
  const fd = openSync(pathOf(directory, oid), 'r')
  try {
    return headerOf(oid, inflateStart(readAt(fd, 0, START_BYTES), MAX_START_BYTES)).entry
  } finally {
    closeSync(fd)
  }
}

/** @returns `null`: it does not lie here, or is not small. @throws Error when it is damaged */
export async function smallLooseContent(
  directory: string,
  oid: Oid,
): Promise<{ readonly entry: PushedObject; readonly content: Buffer } | null> {
  const deflated = await readFile(pathOf(directory, oid)).catch(nullIfMissing)
  if (deflated === null || deflated.length > MAX_BYTES) return null
  const bytes = await unzip(deflated, { maxOutputLength: MAX_BYTES }).catch(nullIfLarge)
  if (bytes === null) return null
  const { entry, contentAt } = headerOf(oid, bytes)
  const content = bytes.subarray(contentAt)
  if (content.length !== entry.bytes) throw new Error(`object ${oid} is damaged`)
  return { entry, content }
}

/** @see gitformat-loose(5) */
function headerOf(oid: Oid, start: Buffer): { readonly entry: PushedObject; readonly contentAt: number } {
  const [header = '', type = '', bytes] = HEADER.exec(start.toString('latin1', 0, MAX_HEADER_BYTES)) ?? []
  if (!isObjectType(type)) throw new Error(`object ${oid} is damaged`)
  return { entry: { oid, type, bytes: Number(bytes) }, contentAt: header.length }
}

function pathOf(directory: string, oid: Oid): string {
  return `${directory}/${oid.slice(0, 2)}/${oid.slice(2)}`
}

function nullIfMissing(err: NodeJS.ErrnoException): null {
  if (err.code === 'ENOENT') return null
  throw err
}

function nullIfLarge(err: NodeJS.ErrnoException): null {
  if (err.code === 'ERR_BUFFER_TOO_LARGE') return null
  throw err
}
