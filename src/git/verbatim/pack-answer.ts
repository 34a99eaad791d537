/** A pack file as the answer to a full clone: opened, looked at, sent as it is. */
import { open, type FileHandle } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import type { RepoHandle } from '../../kernel/repository.ts'
import { HotFile } from '../hot-file.ts'
import type { SlabPool } from '../launcher/slab-pool.ts'
import type { ReadyAnswer } from '../ready-answer.ts'
import { FLUSH, pktLine } from '../wire/pkt-line.ts'
import { BAND, sideBand } from '../wire/side-band.ts'
import { written } from '../written.ts'
import type { ClonePack } from './clone-pack.ts'
import { fillFramed, fitting, framedBytes } from './framed-slab.ts'

const SECTION = 'packfile\n'

/** `null`: it is gone, or is not the file that it was. A repack that removes it takes nothing away from who has it open. */
export async function openPack(repo: RepoHandle, pack: ClonePack): Promise<FileHandle | null> {
  const path = `${repo.path}/objects/pack/${pack.name}.pack`
  const file = await open(path).catch(() => null)
  if (file === null || (await isAsItWas(file, pack))) return file
  await file.close()
  return null
}

/** By its length and by its last bytes, its checksum. The client computes that of all the others. */
async function isAsItWas(file: FileHandle, { name, bytes }: ClonePack): Promise<boolean> {
  const checksum = Buffer.from(name.slice('pack-'.length), 'hex')
  if ((await file.stat()).size !== bytes) return false
  const { buffer } = await file.read(
    Buffer.alloc(checksum.length),
    0,
    checksum.length,
    bytes - checksum.length,
  )
  return buffer.equals(checksum)
}

export interface PackAnswerOptions {
  readonly slabs: SlabPool
  /** The client shows what is said on band 2. */
  readonly progress: boolean
  /** What is otherwise a plain packet is on band 1, too. @see gitprotocol-v2(5), sideband-all */
  readonly sidebandAll: boolean
  readonly onSent: (bytes: number) => void
}

export class PackAnswer implements ReadyAnswer {
  readonly length: number
  readonly #start: Buffer
  readonly #file: FileHandle
  readonly #source: HotFile
  readonly #pack: ClonePack
  readonly #opts: PackAnswerOptions

  /** Takes over the file. */
  constructor(file: FileHandle, pack: ClonePack, opts: PackAnswerOptions) {
    this.#file = file
    this.#source = new HotFile(file)
    this.#pack = pack
    this.#opts = opts
    this.#start = startOf(pack, opts)
    this.length = this.#start.length + framedBytes(pack.bytes) + FLUSH.length
  }

  async writeInto(into: Writable): Promise<void> {
    const { bytes } = this.#pack
    await written(into, this.#start)
    for (let position = 0; position < bytes;) position += await this.#sendSlab(into, position)
    await written(into, FLUSH)
    this.#opts.onSent(bytes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }

  /** Each time another slab: while this one waits for a slow client, none is kept idle. */
  async #sendSlab(into: Writable, position: number): Promise<number> {
    const { slabs } = this.#opts
    const slab = await slabs.takeInTurn()
    try {
      const bytes = fitting(slab, this.#pack.bytes - position)
      await written(into, await fillFramed(slab, this.#source, { position, bytes }))
      slabs.give(slab)
      return bytes
    } catch (err) {
      slabs.drop(slab) // who closed it may hold it still
      throw err
    }
  }
}

function startOf({ objects }: ClonePack, { progress, sidebandAll }: PackAnswerOptions): Buffer {
  const section = sidebandAll ? sideBand(BAND.data, SECTION) : pktLine(SECTION)
  return progress ? Buffer.concat([section, remarkOn(objects)]) : section
}

function remarkOn(objects: number): Buffer {
  return sideBand(BAND.progress, `Total ${objects} objects, in one pack that is stored so\n`)
}
