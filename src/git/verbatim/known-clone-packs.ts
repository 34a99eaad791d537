/** What is known of clone packs, kept in memory as long as its file is the same. */
import { LRUCache } from 'lru-cache'
import type { RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { type FileState, isSameState, readFileState } from '../refs/file-state.ts'
import { clonePackPath, readClonePack, type ClonePack } from './clone-pack.ts'

interface Known {
  /** The file is replaced and never written to. */
  readonly state: FileState
  readonly pack: ClonePack | null
}

/** Ids of tips of all repositories: some 3 MiB. */
const MAX_TIPS = 20_000

export class KnownClonePacks {
  readonly #known = new LRUCache<RepoId, Known>({
    maxSize: MAX_TIPS,
    sizeCalculation: ({ pack }) => 1 + (pack === null ? 0 : pack.tips.size),
  })

  /** Reads the file when it is new; otherwise microseconds. */
  async of(repo: RepoHandle): Promise<ClonePack | null> {
    const state = readFileState(clonePackPath(repo))
    if (state === null) return null
    const known = this.#known.get(repo.id)
    if (known && isSameState(known.state, state)) return known.pack
    const pack = await readClonePack(repo)
    this.#known.set(repo.id, { state, pack })
    return pack
  }
}
