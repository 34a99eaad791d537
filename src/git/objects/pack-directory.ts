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

  constructor(objectsPath: string, hashBytes: number) {
    this.#path = `${objectsPath}/pack`
    this.#hashBytes = hashBytes
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

  [Symbol.dispose](): void {
    for (const pack of this.#packs.values()) pack[Symbol.dispose]()
    this.#packs.clear()
  }

  #list(): void {
    const nowMs = Date.now()
    this.#listedAt = readFileState(this.#path)
    this.#settled = isSettled(this.#listedAt, nowMs)
    for (const file of namesIn(this.#path)) {
      const name = file.slice(0, -'.idx'.length)
      if (!file.endsWith('.idx') || this.#packs.has(name)) continue
      const pack = this.#open(name)
      if (pack) this.#packs.set(name, pack)
    }
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
