/** Packs that are held open, and in which of them an object lies. Who lists the directory decides which these are. */
import { Pack } from './pack.ts'

export interface PackedObject {
  readonly pack: Pack
  readonly offset: number
}

/** @param path of its files, without their endings. @returns `null`: it is gone */
export function openPack(path: string, hashBytes: number): Pack | null {
  try {
    return new Pack(path, hashBytes)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw err
  }
}

export class OpenPacks implements Disposable {
  readonly #packs = new Map<string, Pack>()
  /** Neighbours in a list of objects mostly lie in one pack. */
  #lastHit: Pack | null = null

  get size(): number {
    return this.#packs.size
  }

  has(name: string): boolean {
    return this.#packs.has(name)
  }

  names(): readonly string[] {
    return [...this.#packs.keys()]
  }

  /** One that is gone is none. @param path as `openPack` */
  open(name: string, path: string, hashBytes: number): void {
    const pack = openPack(path, hashBytes)
    if (pack) this.#packs.set(name, pack)
  }

  close(name: string): void {
    const pack = this.#packs.get(name)
    pack?.[Symbol.dispose]()
    if (pack === this.#lastHit) this.#lastHit = null
    this.#packs.delete(name)
  }

  /** `oid` is binary. */
  find(oid: Buffer): PackedObject | null {
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

  [Symbol.dispose](): void {
    for (const name of this.names()) this.close(name)
  }
}
