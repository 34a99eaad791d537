/**
 * The pack of a small push, or of what the server has made, on disk: two files beside the directories of quarantines,
 * so that none has to be made, synced and removed for it. Gits do not see it there; for them it is copied into one.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { writeSynced } from '../durable.ts'
import { namesIn } from '../names-in.ts'
import { moveFile } from './object-migration.ts'
import type { BuiltPack } from './own-pack.ts'
import { packFiles, type NewFile } from './own-files.ts'
import type { SharedSync } from './shared-sync.ts'

export class FlatPack {
  readonly #quarantine: string
  /** The pack before its index. */
  readonly #files: readonly NewFile[]
  #synced: Promise<void> | null = null

  /** Writes nothing. @param quarantine path of the directory that it is beside of */
  constructor(quarantine: string, pack: BuiltPack) {
    this.#quarantine = quarantine
    this.#files = packFiles(pack)
  }

  /** On disk, name and all. @param parent the directory of quarantines */
  sync(parent: SharedSync): Promise<void> {
    return (this.#synced ??= this.#write(parent))
  }

  /** @param path below an object directory */
  hasFile(path: string): boolean {
    return this.#files.some(({ directory, name }) => path === `${directory}/${name}`)
  }

  /**
   * Blocking: each is a rename.
   *
   * @param objects object directory of the repository
   * @returns directories of the repository that are to be synced
   */
  moveTo(objects: string): string[] {
    const pack = `${objects}/pack`
    const moved = this.#files.map(({ name }) => moveFile(this.#pathOf(name), `${pack}/${name}`))
    this.#synced = null
    return moved.includes('directory made') ? [objects, pack] : [pack]
  }

  /** For gits; not forced to disk. @param directory an object directory */
  async copyTo(directory: string): Promise<void> {
    await mkdir(`${directory}/pack`)
    await Promise.all(
      this.#files.map(({ name, bytes }) => writeFile(`${directory}/pack/${name}`, bytes, { mode: 0o444 })),
    )
  }

  async remove(): Promise<void> {
    await this.#synced?.catch(() => {})
    if (this.#synced !== null)
      await Promise.all(this.#files.map(({ name }) => rm(this.#pathOf(name), { force: true })))
    this.#synced = null
  }

  async #write(parent: SharedSync): Promise<void> {
    await Promise.all(this.#files.map(({ name, bytes }) => writeSynced(this.#pathOf(name), bytes)))
    await parent.sync()
  }

  #pathOf(name: string): string {
    return `${this.#quarantine}.${name}`
  }
}

/** Paths of what a crash has left of such a pack, the pack before its index. */
export async function flatFiles(quarantine: string): Promise<string[]> {
  const prefix = `${basename(quarantine)}.`
  const names = (await namesIn(dirname(quarantine))).filter((name) => name.startsWith(prefix))
  return names
    .sort()
    .reverse()
    .map((name) => `${dirname(quarantine)}/${name}`)
}

/** As `FlatPack.moveTo`, of what a crash has left; it may have moved the pack and not its index. */
export async function moveFlatFiles(quarantine: string, objects: string): Promise<void> {
  await mkdir(`${objects}/pack`, { recursive: true })
  for (const path of await flatFiles(quarantine))
    await rename(path, `${objects}/pack/${nameInRepository(path)}`)
}

/** Of which quarantine an entry among them is: its directory, or a file of its flat pack. */
export function quarantineOf(entry: string): string {
  return entry.split('.', 1)[0] as string
}

/** @param path of a flat file */
export function nameInRepository(path: string): string {
  const name = basename(path)
  return name.slice(name.indexOf('.') + 1)
}
