/**
 * Objects that a whole repack has dropped, kept beside the repository for a while: should a ref have come to
 * reach them meanwhile, they are brought back.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { AppError } from '../../kernel/errors.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { syncPaths } from '../durable.ts'

export class DroppedObjects {
  readonly #directory: string
  readonly #packs: string

  constructor(repo: RepoHandle) {
    this.#directory = `${repo.path}/dropped`
    this.#packs = `${repo.path}/objects/pack`
  }

  /** Where git is to write them: a path without ending. */
  async open(): Promise<string> {
    await mkdir(this.#directory, { recursive: true })
    return `${this.#directory}/pack`
  }

  /** Since when they lie here, in milliseconds since 1970; `null`: there are none. */
  async since(): Promise<number | null> {
    const names = await this.#names()
    if (names.length === 0) return null
    const times = await Promise.all(
      names.map(async (name) => (await stat(`${this.#directory}/${name}`)).mtimeMs),
    )
    return Math.max(...times)
  }

  /** When git fails, it may be for want of them: they are brought back, and it is done once more. */
  async orBringBack(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (err) {
      if (!(err instanceof AppError && err.code === 'GIT_FAILED') || (await this.since()) === null) throw err
      await this.#bringAllBack()
      await work()
    }
  }

  /** For good. */
  async forget(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true })
  }

  /** A pack before its index, as readers look for that. */
  async #bringAllBack(): Promise<void> {
    const names = await this.#names()
    for (const name of names.filter((each) => each.endsWith('.pack'))) await this.#bringBack(name)
    for (const name of names.filter((each) => !each.endsWith('.pack'))) await this.#bringBack(name)
    await syncPaths([this.#packs, this.#directory])
  }

  #bringBack(name: string): Promise<void> {
    return rename(`${this.#directory}/${name}`, `${this.#packs}/${name}`)
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#directory).catch(() => [])
    return names.filter((name) => /^pack-[0-9a-f]+\.(?:pack|idx|rev|mtimes)$/.test(name))
  }
}
