/** The one pack of a repository that is not of objects that nobody reaches. */
import { open, stat } from 'node:fs/promises'
import { namesIn } from '../names-in.ts'

export interface PackFile {
  /** `pack-<checksum>` */
  readonly name: string
  readonly bytes: number
  readonly objects: number
}

const PACK = /^(pack-[0-9a-f]{40,64})\.pack$/
/** `PACK`, version, number of objects. @see gitformat-pack(5) */
const HEADER_BYTES = 12
const OBJECTS_AT = 8

/** `null`: there are several, or none. */
export async function findOnlyPack(repo: { readonly path: string }): Promise<PackFile | null> {
  const directory = `${repo.path}/objects/pack`
  const names = await namesIn(directory)
  const packs = names.flatMap((file) => PACK.exec(file)?.[1] ?? [])
  const [name, ...others] = packs.filter((each) => !names.includes(`${each}.mtimes`))
  if (name === undefined || others.length > 0) return null
  const path = `${directory}/${name}.pack`
  const { size: bytes } = await stat(path)
  return { name, bytes, objects: await countObjects(path) }
}

async function countObjects(path: string): Promise<number> {
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
  return buffer.readUInt32BE(OBJECTS_AT)
}
