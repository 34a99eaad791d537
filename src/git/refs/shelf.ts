/**
 * New values of refs as loose objects in a directory that sessions of `update-ref` look into, for as long as they look.
 * They lie in a pack already; but to find a new pack git lists all packs of the repository, and a push leaves one each.
 *
 * All sessions see it, of whichever repository: whether a tip is there with its history was decided before.
 */
import {
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { deflateSync } from 'node:zlib'
import type { Oid } from '../../kernel/ids.ts'
import { objectHeader, type HashedObject } from '../quarantine/hashed-object.ts'

/** More, and larger ones, are better looked for in their pack. */
const MAX_OBJECTS = 8
const MAX_BYTES = 16 * 1024

export function fitsOnShelf(objects: readonly HashedObject[]): boolean {
  return objects.length <= MAX_OBJECTS && objects.every(({ content }) => content.length <= MAX_BYTES)
}

export class Shelf {
  readonly directory: string
  /** How many look for each just now: the same commit may be pushed twice at once. */
  readonly #shown = new Map<Oid, number>()
  /** Made once, for whatever comes. */
  readonly #fanOut = new Set<string>()
  /** Paths of files that show nothing just now. */
  readonly #spare: string[] = []
  #files = 0

  /** @param directory an object directory, empty */
  constructor(directory: string) {
    this.directory = directory
  }

  /** Blocking: each is a small file. None is forced to disk. Dispose when nobody looks for them any more. */
  show(objects: readonly HashedObject[]): Disposable {
    const shown: Oid[] = []
    const hide = () => shown.splice(0).forEach((oid) => this.#hide(oid))
    try {
      for (const object of new Map(objects.map((each) => [each.oid, each])).values()) {
        this.#put(object)
        shown.push(object.oid)
      }
    } catch (err) {
      hide()
      throw err
    }
    return { [Symbol.dispose]: hide }
  }

  #put(object: HashedObject): void {
    const count = this.#shown.get(object.oid) ?? 0
    if (count === 0) this.#write(object)
    this.#shown.set(object.oid, count + 1)
  }

  /** Written under a name that git does not look at: half of it may be all there is room for. */
  #write(object: HashedObject): void {
    const fanOut = object.oid.slice(0, 2)
    if (!this.#fanOut.has(fanOut)) mkdirSync(`${this.directory}/${fanOut}`, { recursive: true })
    this.#fanOut.add(fanOut)
    const whole = Buffer.concat([Buffer.from(objectHeader(object)), object.content])
    const path = this.#spare.pop() ?? `${this.directory}/spare-${++this.#files}`
    try {
      overwrite(path, deflateSync(whole, { level: 0 }))
      renameSync(path, this.#pathOf(object.oid))
    } catch (err) {
      rmSync(path, { force: true })
      throw err
    }
  }

  #hide(oid: Oid): void {
    const count = (this.#shown.get(oid) ?? 0) - 1
    if (count > 0) return void this.#shown.set(oid, count)
    this.#shown.delete(oid)
    const spare = `${this.directory}/spare-${++this.#files}`
    try {
      renameSync(this.#pathOf(oid), spare)
      this.#spare.push(spare)
    } catch {
      rmSync(this.#pathOf(oid), { force: true }) // there may be no room for another name
    }
  }

  #pathOf(oid: Oid): string {
    return `${this.directory}/${oid.slice(0, 2)}/${oid.slice(2)}`
  }
}

/**
 * Of a file that is used again and again: for minutes ext4 gives nobody the inode of a deleted file, and looks at each
 * such one when it makes a new file, which takes up to a millisecond where files come and go. Not emptied first: ext4
 * forces to disk what is replaced that way. @see ext4(5), auto_da_alloc
 */
function overwrite(path: string, bytes: Buffer): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600)
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
    ftruncateSync(fd, bytes.length)
  } finally {
    closeSync(fd)
  }
}
