/** Can one commit be merged into another, and by which strategies? Asked often, so answers are kept. */
import { LRUCache } from 'lru-cache'
import type { Oid } from '../../kernel/ids.ts'
import type { GitStore } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { inTime, type MergeSpace } from './in-time.ts'
import { mergeBases, relationBy, type Pair } from './merge-bases.ts'
import { mergeCommits } from './merge-trees.ts'
import type { MergeParts, Strategy } from './merge.ts'
import { listPicks, type Picks } from './picks.ts'
import { Rebase } from './rebase.ts'
import { together } from './together.ts'

export interface MergeabilityAnswer {
  readonly mergeability: 'clean' | 'conflicting'
  /** Best common ancestor, the first where there are several; `null` for unrelated histories. */
  readonly mergeBase: Oid | null
  /** Would `makeMerge` by this strategy make something, or find the source contained? */
  readonly strategies: Readonly<Record<Strategy, boolean>>
}

export interface MergeabilityParts extends MergeParts {
  /** For scratch quarantines, which are dropped. */
  readonly store: Pick<GitStore, 'openQuarantine'>
}

const MAX_ANSWERS = 10_000

export class Mergeability {
  readonly #parts: MergeabilityParts
  /** An id means the same for ever, so no answer is ever out of date. */
  readonly #answers = new LRUCache<string, MergeabilityAnswer>({ max: MAX_ANSWERS })
  readonly #running = new Map<string, Promise<MergeabilityAnswer>>()

  constructor(parts: MergeabilityParts) {
    this.#parts = parts
  }

  /** What has been found out already. */
  known(repo: RepoHandle, target: Oid, source: Oid): MergeabilityAnswer | undefined {
    return this.#answers.get(keyOf({ repo, target, source }))
  }

  /**
   * Who asks for what is being found out waits for the same answer.
   *
   * @throws AppError `UNAVAILABLE` (too slow), `UNPROCESSABLE` (too much memory, or git aborts), `GIT_FAILED`,
   *   `LAUNCHER_LOST`
   */
  async of(repo: RepoHandle, target: Oid, source: Oid): Promise<MergeabilityAnswer> {
    const key = keyOf({ repo, target, source })
    return this.#answers.get(key) ?? this.#running.get(key) ?? this.#find(key, { repo, target, source })
  }

  #find(key: string, pair: Pair): Promise<MergeabilityAnswer> {
    const finding = find(this.#parts, pair)
      .then((answer) => {
        this.#answers.set(key, answer)
        return answer
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, finding)
    return finding
  }
}

function keyOf({ repo, target, source }: Pair): string {
  return `${repo.id} ${target} ${source}`
}

async function find(parts: MergeabilityParts, pair: Pair): Promise<MergeabilityAnswer> {
  const { repo, target, source } = pair
  const bases = await mergeBases(parts, pair)
  const [mergeBase = null] = bases
  const relation = relationBy(pair, bases)
  if (relation === 'contained') return { mergeability: 'clean', mergeBase, strategies: all(true) }
  if (relation === 'unrelated') return { mergeability: 'conflicting', mergeBase, strategies: all(false) }
  await using quarantine = parts.store.openQuarantine(repo)
  const scratch = inTime(quarantine, parts.wallMs)
  const [merged, picks, head] = await together([
    mergeCommits(parts.objects, scratch, { repo, bases, ours: target, theirs: source }),
    listPicks(parts, pair),
    parts.objects.commit(repo, target),
  ])
  const brings = merged.isClean && merged.tree !== head?.tree
  const strategies = {
    merge: merged.isClean,
    squash: brings,
    rebase: isMergeItself(picks, bases) ? brings : await canRebase(parts, scratch, { repo, target, picks }),
    fast_forward: relation === 'ahead',
  }
  return { mergeability: merged.isClean ? 'clean' : 'conflicting', mergeBase, strategies }
}

/** To carry over one commit made on the only merge base is to merge the same three trees. */
function isMergeItself(picks: Picks, bases: readonly Oid[]): boolean {
  if ('limit' in picks || picks.length !== 1 || bases.length !== 1) return false
  const [only] = picks
  return only !== undefined && !only.isEmpty && only.commit.parents[0] === bases[0]
}

/** By doing it, as far as `makeMerge` would. */
async function canRebase(
  parts: MergeParts,
  scratch: MergeSpace,
  { repo, target, picks }: { repo: RepoHandle; target: Oid; picks: Picks },
): Promise<boolean> {
  if ('limit' in picks) return false
  const rebase = new Rebase(parts.objects, scratch, { repo, target, committer: NOBODY, seconds: 0 })
  return (await rebase.carry(picks)).kind === 'made'
}

/** Of commits that are dropped. */
const NOBODY = { name: 'scratch', email: '' }

function all(can: boolean): Record<Strategy, boolean> {
  return { merge: can, squash: can, rebase: can, fast_forward: can }
}
