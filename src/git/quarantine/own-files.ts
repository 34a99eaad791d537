/**
 * Writes objects of our own into a quarantine: a few as loose objects, more as one pack, which is two files
 * to be synced and not a hundred. Not forced to disk here.
 *
 * @see gitformat-loose(5)
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ObjectFormat } from '../../kernel/ids.ts'
import { deflateAll, type Deflated } from './deflate-all.ts'
import { objectHeader, type HashedObject } from './hashed-object.ts'
import { buildPack } from './own-pack.ts'

/** Measured: from here on, a file and a directory for each object cost more to sync than a pack and its index. */
const MAX_LOOSE = 12

/** @param directory object directory of a quarantine */
export async function writeObjects(
  directory: string,
  objects: readonly HashedObject[],
  format: ObjectFormat,
): Promise<void> {
  const distinct = [...new Map(objects.map((object) => [object.oid, object])).values()]
  if (distinct.length > MAX_LOOSE) await writePack(directory, distinct, format)
  else await writeAllLoose(directory, distinct)
}

async function writeAllLoose(directory: string, objects: readonly HashedObject[]): Promise<void> {
  const files = await deflateAll(objects, (object) =>
    Buffer.concat([Buffer.from(objectHeader(object)), object.content]),
  )
  const fanOuts = new Set(objects.map(({ oid }) => `${directory}/${oid.slice(0, 2)}`))
  await Promise.all(Array.from(fanOuts, (fanOut) => mkdir(fanOut, { recursive: true })))
  await Promise.all(files.map((file) => writeLoose(directory, file)))
}

/** One that is there already cannot be opened for writing, and holds the same. */
async function writeLoose(directory: string, { object, deflated }: Deflated): Promise<void> {
  const path = `${directory}/${object.oid.slice(0, 2)}/${object.oid.slice(2)}`
  await writeFile(path, deflated, { mode: 0o444 }).catch((err: NodeJS.ErrnoException) => {
    if (err.code !== 'EACCES' && err.code !== 'EEXIST') throw err
  })
}

async function writePack(
  directory: string,
  objects: readonly HashedObject[],
  format: ObjectFormat,
): Promise<void> {
  const { name, pack, index } = buildPack(await deflateAll(objects, ({ content }) => content), format)
  const path = `${directory}/pack/pack-${name}`
  await mkdir(dirname(path), { recursive: true })
  await Promise.all([
    writeFile(`${path}.pack`, pack, { mode: 0o444 }),
    writeFile(`${path}.idx`, index, { mode: 0o444 }),
  ])
}
