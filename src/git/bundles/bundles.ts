/** Finds the bundles that readers of a repository may be given. Makes none: see keep-bundle.ts. */
import { LRUCache } from 'lru-cache'
import type { RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { WalkParts } from '../merging/merge-bases.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'
import type { RefSnapshots } from '../refs/ref-snapshots.ts'
import { bundleNamed, bundlesOf, type Bundle } from './bundle.ts'
import { standsNow } from './standing.ts'

export interface BundlesParts extends WalkParts {
  readonly snapshots: Pick<RefSnapshots, 'get'>
  /** `false`: there are none for anybody, whatever lies on disk. */
  readonly enabled: boolean
}

/** How long a look into a directory is believed: who is told of a bundle that has just gone fetches without. */
const TRUST_MS = 1_000
const MAX_REMEMBERED = 10_000

export class Bundles {
  readonly #parts: BundlesParts
  readonly #present = new LRUCache<RepoId, { readonly any: boolean }>({
    max: MAX_REMEMBERED,
    ttl: TRUST_MS,
  })
  /** Paths of those that stand: as long as the refs are the same, they do. */
  readonly #standing = new WeakMap<RefSnapshot, Set<string>>()

  constructor(parts: BundlesParts) {
    this.#parts = parts
  }

  /** Are there any? Cheap, for every advertisement; the list may yet be empty. */
  async has(repo: RepoHandle): Promise<boolean> {
    if (!this.#parts.enabled) return false
    const known = this.#present.get(repo.id)
    if (known !== undefined) return known.any
    const any = (await bundlesOf(repo)).length > 0
    this.#present.set(repo.id, { any })
    return any
  }

  /**
   * What a clone begins with: the newest that stands, or none.
   *
   * @throws AppError as `stands`
   */
  async toOffer(repo: RepoHandle): Promise<readonly Bundle[]> {
    for (const bundle of await bundlesOf(repo)) if (await this.stands(repo, bundle)) return [bundle]
    return []
  }

  /**
   * @param name as a client gave it: of no other form does it reach the disk
   * @returns `null`: there is none of that name that may be given away; it may still go before it is opened
   * @throws AppError as `stands`
   */
  async find(repo: RepoHandle, name: string): Promise<Bundle | null> {
    const bundle = bundleNamed(repo, name)
    return bundle !== null && (await this.stands(repo, bundle)) ? bundle : null
  }

  /** @throws AppError `REPO_NOT_FOUND`, `UNAVAILABLE` (too slow), `GIT_FAILED`, `LAUNCHER_LOST` */
  async stands(repo: RepoHandle, bundle: Bundle): Promise<boolean> {
    const { objects, launcher, snapshots, enabled } = this.#parts
    if (!enabled) return false
    const snapshot = await snapshots.get(repo)
    const standing = this.#standingBy(snapshot)
    if (standing.has(bundle.path)) return true
    const stands = await standsNow({ repo, snapshot, objects, launcher }, bundle.path)
    if (stands) standing.add(bundle.path)
    return stands
  }

  /** Call when bundles were made or removed. */
  forget(id: RepoId): void {
    this.#present.delete(id)
  }

  #standingBy(snapshot: RefSnapshot): Set<string> {
    const standing = this.#standing.get(snapshot) ?? new Set()
    this.#standing.set(snapshot, standing)
    return standing
  }
}
