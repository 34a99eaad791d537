/** The packs of one object directory, opened when first asked for. */
import { readdirSync } from 'node:fs'
import { type FileState, isSameState, isSettled, readFileState } from '../refs/file-state.ts'
import { OpenPacks, type PackedObject } from './open-packs.ts'

export class PackDirectory implements Disposable {
  readonly #path: string
  readonly #hashBytes: number
  readonly #packs = new OpenPacks()
  #listedAt: FileState | null = null
  #settled = false

  constructor(objectsPath: string, hashBytes: number) {
    this.#path = `${objectsPath}/pack`
    this.#hashBytes = hashBytes
  }

  /** `oid` is binary. */
  find(oid: Buffer): PackedObject | null {
    if (this.#listedAt === null) this.#list()
    return this.#packs.find(oid)
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
    this.#packs[Symbol.dispose]()
  }

  #list(): void {
    const nowMs = Date.now()
    this.#listedAt = readFileState(this.#path)
    this.#settled = isSettled(this.#listedAt, nowMs)
    for (const file of namesIn(this.#path)) {
      const name = file.slice(0, -'.idx'.length)
      if (!file.endsWith('.idx') || this.#packs.has(name)) continue
      this.#packs.open(name, `${this.#path}/${name}`, this.#hashBytes)
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
