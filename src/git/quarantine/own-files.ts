/**
 * Writes objects of our own into a quarantine: a few as loose objects, more as one pack, which is two files
 * to be synced and not a hundred.
 *
 * @see gitformat-loose(5)
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { SMALL_BYTES } from '../durable.ts'
import type { ObjectFormat } from '../../kernel/ids.ts'
import { together } from '../merging/together.ts'
import { deflateAll } from './deflate-all.ts'
import { objectHeader, type HashedObject } from './hashed-object.ts'
import { buildPack, type BuiltPack } from './own-pack.ts'

/**
 * Each loose object is a file and a directory to be synced, a pack is two of one and one of the other; but many
 * packs make reading slow, so what a commit of one file brings stays loose.
 */
const MAX_LOOSE = 12

/** Below an object directory. */
export interface NewFile {
  readonly directory: string
  readonly name: string
  readonly bytes: Buffer
}

/**
 * Not forced to disk.
 *
 * @param directory object directory of a quarantine
 * @returns paths below it; an index after its pack
 */
export async function writeObjects(
  directory: string,
  objects: readonly HashedObject[],
  format: ObjectFormat,
): Promise<string[]> {
  const distinct = [...new Map(objects.map((object) => [object.oid, object])).values()]
  return writeFiles(
    directory,
    await (distinct.length > MAX_LOOSE ? asPack(distinct, format) : asLoose(distinct)),
  )
}

function writeFiles(directory: string, files: readonly NewFile[]): Promise<string[]> {
  for (const name of new Set(files.map((file) => file.directory)))
    mkdirSync(`${directory}/${name}`, { recursive: true })
  return together(files.map((file) => write(directory, file)))
}

async function asLoose(objects: readonly HashedObject[]): Promise<NewFile[]> {
  const deflated = await deflateAll(objects, wholeOf)
  return deflated.map(({ object: { oid }, deflated: bytes }) => ({
    directory: oid.slice(0, 2),
    name: oid.slice(2),
    bytes,
  }))
}

async function asPack(objects: readonly HashedObject[], format: ObjectFormat): Promise<NewFile[]> {
  return packFiles(buildPack(await deflateAll(objects, ({ content }) => content), format))
}

/** The pack before its index. */
export function packFiles({ name, pack, index }: BuiltPack): NewFile[] {
  return [
    { directory: 'pack', name: `pack-${name}.pack`, bytes: pack },
    { directory: 'pack', name: `pack-${name}.idx`, bytes: index },
  ]
}

function wholeOf(object: HashedObject): Buffer {
  return Buffer.concat([Buffer.from(objectHeader(object)), object.content])
}

/** One that is there already holds the same. */
async function write(below: string, { directory, name, bytes }: NewFile): Promise<string> {
  const path = `${directory}/${name}`
  const options = { flag: 'wx', mode: 0o444 }
  try {
    if (bytes.length <= SMALL_BYTES) writeFileSync(`${below}/${path}`, bytes, options)
    else await writeFile(`${below}/${path}`, bytes, options)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err
  }
  return path
}
