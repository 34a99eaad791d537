/** The packs of one object directory, opened when first asked for. */
import { readdirSync } from 'node:fs'
import { type FileState, isSameState, isSettled, readFileState } from '../refs/file-state.ts'
import { Pack } from './pack.ts'

export interface PackedObject {
  readonly pack: Pack
  readonly offset: number
}

export class PackDirectory implements Disposable {
  readonly #path: string
  readonly #hashBytes: number
  readonly #packs = new Map<string, Pack>()
  /** Neighbours in the list of refs mostly lie in one pack. */
  #lastHit: Pack | null = null
  #listedAt: FileState | null = null
  #settled = false
  readonly #withoutCruft: boolean

  /** @param opts.withoutCruft leaves out packs of unreached objects. @see gitformat-pack(5), "Cruft packs" */
  constructor(objectsPath: string, hashBytes: number, opts: { readonly withoutCruft?: boolean } = {}) {
    this.#path = `${objectsPath}/pack`
    this.#hashBytes = hashBytes
    this.#withoutCruft = opts.withoutCruft ?? false
  }

  /** Packs that are held open. */
  get size(): number {
    return this.#packs.size
  }

  /** `oid` is binary. */
  find(oid: Buffer): PackedObject | null {
    if (this.#listedAt === null) this.#list()
    const again = this.#lastHit?.find(oid) ?? null
    if (this.#lastHit !== null && again !== null) return { pack: this.#lastHit, offset: again }
    for (const pack of this.#packs.values()) {
      const offset = pack === this.#lastHit ? null : pack.find(oid)
      if (offset === null) continue
      this.#lastHit = pack
      return { pack, offset }
    }
    return null
  }

  /**
   * Looks for packs again if the directory has changed: a repack may have moved objects meanwhile.
   *
   * @returns whether there are new ones
   */
  relist(): boolean {
    if (this.#settled && isSameState(this.#listedAt, readFileState(this.#path))) return false
    const before = this.#packs.size
    this.#list()
    return this.#packs.size > before
  }

  /** For who keeps it from one piece of work to the next: packs that are gone are closed, new ones found. */
  refresh(): void {
    if (this.#settled && isSameState(this.#listedAt, readFileState(this.#path))) return
    const there = this.#list()
    for (const [name, pack] of this.#packs) {
      if (there.has(name)) continue
      pack[Symbol.dispose]()
      this.#packs.delete(name)
      if (this.#lastHit === pack) this.#lastHit = null
    }
  }

  [Symbol.dispose](): void {
    for (const pack of this.#packs.values()) pack[Symbol.dispose]()
    this.#packs.clear()
  }

  /** @returns names of all packs that are there */
  #list(): ReadonlySet<string> {
    const nowMs = Date.now()
    this.#listedAt = readFileState(this.#path)
    this.#settled = isSettled(this.#listedAt, nowMs)
    const files = new Set(namesIn(this.#path))
    const there = new Set<string>()
    for (const file of files) {
      const name = file.slice(0, -'.idx'.length)
      if (!file.endsWith('.idx') || (this.#withoutCruft && files.has(`${name}.mtimes`))) continue
      there.add(name)
      const pack = this.#packs.get(name) ?? this.#open(name)
      if (pack) this.#packs.set(name, pack)
    }
    return there
  }

  #open(name: string): Pack | null {
    try {
      return new Pack(`${this.#path}/${name}`, this.#hashBytes)
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw err
    }
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw err
  }
}
