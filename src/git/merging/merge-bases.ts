/**
 * How two commits stand to each other, and their best common ancestors. Walked in memory while that is short,
 * as it is for most branches; else asked of git.
 *
 * @see git-merge-base(1); git's commit-reach.c, paint_down_to_common
 */
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Commit } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { historyLines, type HistoryParts } from './history-reader.ts'

export type Relation =
  /** The target has the source. */
  | 'contained'
  /** The source has the target. */
  | 'ahead'
  | 'diverged'
  | 'unrelated'

export interface Pair {
  readonly repo: RepoHandle
  readonly target: Oid
  readonly source: Oid
}

type Commits = Pick<StoredObjects, 'commit'>

export interface WalkParts extends HistoryParts {
  readonly objects: Commits
}

export function relationBy({ target, source }: Pair, bases: readonly Oid[]): Relation {
  if (bases.length === 0) return 'unrelated'
  if (bases.includes(source)) return 'contained'
  return bases.includes(target) ? 'ahead' : 'diverged'
}

/**
 * Best common ancestors: more than one after criss-cross merges, none of unrelated histories.
 *
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function mergeBases(parts: WalkParts, pair: Pair): Promise<readonly Oid[]> {
  const walked = await new Walk(parts.objects, pair).bases()
  if (walked !== null && walked.length < 2) return walked
  const args = ['merge-base', '--all', pair.target, pair.source]
  return (await historyLines(parts, pair.repo, args, [0, NO_BASE])).map(parseOid)
}

/** The only best common ancestor, if that is seen without a process; else `null`. */
export async function nearBase(objects: Commits, pair: Pair): Promise<Oid | null> {
  const [base, ...others] = (await new Walk(objects, pair).bases()) ?? []
  return others.length === 0 ? (base ?? null) : null
}

export interface NearHistory {
  /** The only merge base. */
  readonly base: Oid
  /** All commits that the target has and the source lacks. */
  readonly onlyInTarget: readonly Commit[]
}

/** What is seen without a process; `null` when that is not enough. */
export async function nearHistory(objects: Commits, pair: Pair): Promise<NearHistory | null> {
  const walk = new Walk(objects, pair)
  const [base, ...others] = (await walk.bases()) ?? []
  return base && others.length === 0 ? { base, onlyInTarget: walk.onlyInTarget() } : null
}

const NO_BASE = 1
/** Reading so many may take as long as starting git; those that are in memory already take no time. */
const SURE_COMMITS = 64
const MAX_COMMITS = 1_024
const QUICK_MS = 5

const TARGET = 1
const SOURCE = 2
/** Behind a common ancestor, so no best one. */
const STALE = 4
const FOUND = 8

class Walk {
  readonly #objects: Commits
  readonly #pair: Pair
  readonly #seen = new Map<Oid, Commit>()
  readonly #paint = new Map<Oid, number>()
  /** Newest first; of the same second, first come first. */
  readonly #queue: Commit[] = []
  readonly #begun = performance.now()
  #read = 0

  constructor(objects: Commits, pair: Pair) {
    this.#objects = objects
    this.#pair = pair
  }

  /** @returns `null` when it is too far; of several some may be ancestors of others */
  async bases(): Promise<readonly Oid[] | null> {
    const { target, source } = this.#pair
    if (target === source) return [target]
    if (!(await this.#spread([target], TARGET)) || !(await this.#spread([source], SOURCE))) return null
    const found: Oid[] = []
    while (this.#queue.some(({ oid }) => !this.#has(oid, STALE))) {
      const { oid, parents } = this.#queue.shift() as Commit
      let paint = this.#paintOf(oid) & (TARGET | SOURCE | STALE)
      if (paint === (TARGET | SOURCE)) {
        if (!this.#has(oid, FOUND)) found.push(oid)
        this.#paint.set(oid, this.#paintOf(oid) | FOUND)
        paint |= STALE
      }
      if (!(await this.#spread(parents, paint))) return null
    }
    return found.filter((oid) => !this.#has(oid, STALE))
  }

  /**
   * After `bases`, which has come by every one of them. With clocks that go backwards a common ancestor may be
   * among them.
   */
  onlyInTarget(): readonly Commit[] {
    return [...this.#seen.values()].filter(({ oid }) => this.#paintOf(oid) === TARGET)
  }

  /** Paints commits that are not painted so yet, and queues them. */
  async #spread(oids: readonly Oid[], paint: number): Promise<boolean> {
    const unpainted = oids.filter((oid) => !this.#has(oid, paint))
    this.#read += unpainted.length
    if (this.#isTooFar()) return false
    const commits = await Promise.all(unpainted.map((oid) => this.#objects.commit(this.#pair.repo, oid)))
    for (const commit of commits) {
      if (commit === null) return false
      this.#seen.set(commit.oid, commit)
      this.#paint.set(commit.oid, this.#paintOf(commit.oid) | paint)
      this.#enqueue(commit)
    }
    return true
  }

  #isTooFar(): boolean {
    if (this.#read <= SURE_COMMITS) return false
    return this.#read > MAX_COMMITS || performance.now() - this.#begun > QUICK_MS
  }

  #enqueue(commit: Commit): void {
    const { seconds } = commit.committer
    const older = this.#queue.findIndex((other) => other.committer.seconds < seconds)
    this.#queue.splice(older < 0 ? this.#queue.length : older, 0, commit)
  }

  #paintOf(oid: Oid): number {
    return this.#paint.get(oid) ?? 0
  }

  #has(oid: Oid, paint: number): boolean {
    return (this.#paintOf(oid) & paint) === paint
  }
}
