/**
 * The packs of one object directory, as whoever takes pushes all the time wants them: small ones, of which each push
 * leaves one, are looked up in memory and not held open. Packs of unreached objects are left out.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { LRUCache } from 'lru-cache'
import { OpenPacks, openPack, type PackedObject } from '../objects/open-packs.ts'
import type { Pack } from '../objects/pack.ts'
import { isSameState, isSettled, readFileState, type FileState } from '../refs/file-state.ts'
import { parseSmallIndex } from './small-index.ts'

interface SmallPlace {
  readonly name: string
  readonly offset: number
}

/** Of an index: some hundreds of objects. */
const SMALL_BYTES = 32 * 1024
/** Small packs that are read one after the other are mostly the same ones. */
const MAX_OPEN_SMALL = 8

export class KnownPacks implements Disposable {
  readonly #path: string
  readonly #hashBytes: number
  readonly #large = new OpenPacks()
  /** Objects of each small pack. */
  readonly #small = new Map<string, ReadonlyMap<string, number>>()
  readonly #places = new Map<string, SmallPlace>()
  readonly #openSmall = new LRUCache<string, Pack>({
    max: MAX_OPEN_SMALL,
    dispose: (pack) => pack[Symbol.dispose](),
  })
  #listedAt: FileState | null = null
  #settled = false

  constructor(objectsPath: string, hashBytes: number) {
    this.#path = `${objectsPath}/pack`
    this.#hashBytes = hashBytes
  }

  /** Packs that are held open. */
  get open(): number {
    return this.#large.size + this.#openSmall.size
  }

  /** Is what was listed out of date? */
  isStale(): boolean {
    return !this.#settled || !isSameState(this.#listedAt, readFileState(this.#path))
  }

  /** Looks what has come and gone. Blocking; a directory of hundreds of packs takes a fraction of a millisecond. */
  list(): void {
    const nowMs = Date.now()
    this.#listedAt = readFileState(this.#path)
    this.#settled = isSettled(this.#listedAt, nowMs)
    const files = new Set(this.#listedAt === null ? [] : readdirSync(this.#path))
    const there = new Set<string>()
    for (const file of files) {
      const name = file.slice(0, -'.idx'.length)
      if (!file.endsWith('.idx') || files.has(`${name}.mtimes`)) continue
      there.add(name)
      if (!this.#large.has(name) && !this.#small.has(name)) this.#read(name)
    }
    for (const name of [...this.#large.names(), ...this.#small.keys()])
      if (!there.has(name)) this.#forget(name)
  }

  /** A small pack that has just come in. */
  add(name: string, index: Buffer): boolean {
    const offsets = parseSmallIndex(index, this.#hashBytes)
    if (offsets === null) return false
    this.#small.set(name, offsets)
    for (const [oid, offset] of offsets) this.#places.set(oid, { name, offset })
    return true
  }

  has(oid: string): boolean {
    return this.#places.has(oid) || this.#findLarge(oid) !== null
  }

  /** @returns `null`: in none of them, or in one that is gone by now */
  find(oid: string): PackedObject | null {
    const place = this.#places.get(oid)
    const pack = place && this.#openedSmall(place.name)
    return pack ? { pack, offset: place.offset } : this.#findLarge(oid)
  }

  [Symbol.dispose](): void {
    for (const name of [...this.#large.names(), ...this.#small.keys()]) this.#forget(name)
  }

  #read(name: string): void {
    const path = `${this.#path}/${name}`
    if (!this.#readSmall(name, path)) this.#large.open(name, path, this.#hashBytes)
  }

  #readSmall(name: string, path: string): boolean {
    try {
      return statSync(`${path}.idx`).size <= SMALL_BYTES && this.add(name, readFileSync(`${path}.idx`))
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw err
    }
  }

  #forget(name: string): void {
    for (const oid of this.#small.get(name)?.keys() ?? [])
      if (this.#places.get(oid)?.name === name) this.#places.delete(oid)
    this.#small.delete(name)
    this.#openSmall.delete(name)
    this.#large.close(name)
  }

  #findLarge(oid: string): PackedObject | null {
    return this.#large.size === 0 ? null : this.#large.find(Buffer.from(oid, 'hex'))
  }

  #openedSmall(name: string): Pack | null {
    const open = this.#openSmall.get(name)
    if (open) return open
    const pack = openPack(`${this.#path}/${name}`, this.#hashBytes)
    if (pack) this.#openSmall.set(name, pack)
    return pack
  }
}
