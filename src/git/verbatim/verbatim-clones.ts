/** Full clones answered with a pack as it lies on disk: no git, no copy of it, no byte of it looked at. */
import type { RepoHandle } from '../../kernel/repository.ts'
import type { SlabPool } from '../launcher/slab-pool.ts'
import type { ReadyAnswer } from '../ready-answer.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'
import type { FetchArguments } from '../wire/fetch-arguments.ts'
import { asksForWhole, isWholeClone } from './is-whole-clone.ts'
import { KnownClonePacks } from './known-clone-packs.ts'
import { openPack, PackAnswer } from './pack-answer.ts'
import { tagsDigest } from './tags-digest.ts'

export interface VerbatimClonesParts {
  readonly snapshots: { get(repo: RepoHandle): Promise<RefSnapshot> }
  readonly slabs: SlabPool
}

export class VerbatimClones {
  /** Sent to the end, and bytes of their packs. */
  readonly counts = { clones: 0, bytes: 0 }
  readonly #parts: VerbatimClonesParts
  readonly #known = new KnownClonePacks()

  constructor(parts: VerbatimClonesParts) {
    this.#parts = parts
  }

  /** `null`: this is no full clone, or no pack holds exactly what it gets. Opens a file: dispose it. */
  async find(repo: RepoHandle, args: FetchArguments): Promise<ReadyAnswer | null> {
    if (!asksForWhole(args)) return null
    const pack = await this.#known.of(repo)
    if (pack === null) return null
    const digest = tagsDigest(await this.#parts.snapshots.get(repo))
    if (!isWholeClone(pack, args, digest)) return null
    const file = await openPack(repo, pack)
    if (file === null) return null
    return new PackAnswer(file, pack, {
      slabs: this.#parts.slabs,
      progress: !args.flags.has('no-progress'),
      sidebandAll: args.flags.has('sideband-all'),
      onSent: (bytes) => this.#count(bytes),
    })
  }

  #count(bytes: number): void {
    this.counts.clones++
    this.counts.bytes += bytes
  }
}
