/**
 * The packs of one object directory, as whoever takes pushes all the time wants them: small ones, of which each push
 * leaves one, are looked up in memory and not held open. Packs of unreached objects are left out.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { Pack } from '../objects/pack.ts'
import { isSameState, isSettled, readFileState, type FileState } from '../refs/file-state.ts'
import { parseSmallIndex } from './small-index.ts'

export interface PackedAt {
  readonly pack: Pack
  readonly offset: number
}

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
  readonly #large = new Map<string, Pack>()
  /** Objects of each small pack. */
  readonly #small = new Map<string, ReadonlyMap<string, number>>()
  readonly #places = new Map<string, SmallPlace>()
  /** In the order of last use. */
  readonly #openSmall = new Map<string, Pack>()
  #lastHit: Pack | null = null
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
    for (const name of [...this.#large.keys(), ...this.#small.keys()])
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
  find(oid: string): PackedAt | null {
    const place = this.#places.get(oid)
    const pack = place && this.#openedSmall(place.name)
    return pack ? { pack, offset: place.offset } : this.#findLarge(oid)
  }

  [Symbol.dispose](): void {
    for (const name of [...this.#large.keys(), ...this.#small.keys()]) this.#forget(name)
  }

  #read(name: string): void {
    const path = `${this.#path}/${name}`
    try {
      const isSmall = statSync(`${path}.idx`).size <= SMALL_BYTES
      if (isSmall && this.add(name, readFileSync(`${path}.idx`))) return
      this.#large.set(name, new Pack(path, this.#hashBytes))
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err
    }
  }

  #forget(name: string): void {
    for (const oid of this.#small.get(name)?.keys() ?? [])
      if (this.#places.get(oid)?.name === name) this.#places.delete(oid)
    for (const packs of [this.#large, this.#openSmall]) {
      const pack = packs.get(name)
      pack?.[Symbol.dispose]()
      if (pack === this.#lastHit) this.#lastHit = null
      packs.delete(name)
    }
    this.#small.delete(name)
  }

  #findLarge(oid: string): PackedAt | null {
    if (this.#large.size === 0) return null
    const binary = Buffer.from(oid, 'hex')
    const again = this.#lastHit?.find(binary) ?? null
    if (this.#lastHit !== null && again !== null) return { pack: this.#lastHit, offset: again }
    for (const pack of this.#large.values()) {
      const offset = pack === this.#lastHit ? null : pack.find(binary)
      if (offset === null) continue
      this.#lastHit = pack
      return { pack, offset }
    }
    return null
  }

  #openedSmall(name: string): Pack | null {
    const pack = this.#openSmall.get(name) ?? this.#openSmallPack(name)
    if (pack === null) return null
    this.#openSmall.delete(name)
    this.#openSmall.set(name, pack)
    const [oldest] = this.#openSmall.keys()
    if (oldest !== undefined && this.#openSmall.size > MAX_OPEN_SMALL) {
      this.#openSmall.get(oldest)?.[Symbol.dispose]()
      this.#openSmall.delete(oldest)
    }
    return pack
  }

  #openSmallPack(name: string): Pack | null {
    try {
      return new Pack(`${this.#path}/${name}`, this.#hashBytes)
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw err
    }
  }
}
