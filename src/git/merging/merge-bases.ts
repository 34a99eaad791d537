/**
 * How two commits stand to each other, and their best common ancestors. Walked in memory while that is short,
 * as it is for most branches; else asked of git.
 *
 * @see git-merge-base(1); git's commit-reach.c, paint_down_to_common
 */
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Lineage } from '../commit-graph/lineage.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { Heap } from '../heap.ts'
import { Slices } from '../slices.ts'
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

type Commits = Pick<StoredObjects, 'lineage'>

export interface WalkParts extends HistoryParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'lineage'>
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
  readonly onlyInTarget: readonly Lineage[]
}

/** What is seen without a process; `null` when that is not enough. */
export async function nearHistory(objects: Commits, pair: Pair): Promise<NearHistory | null> {
  const walk = new Walk(objects, pair)
  const [base, ...others] = (await walk.bases()) ?? []
  return base && others.length === 0 ? { base, onlyInTarget: walk.onlyInTarget() } : null
}

const NO_BASE = 1
/** Reading so many may take as long as starting git; those that are in memory already take no time. */
const SURE_READS = 64
const MAX_READS = 1_024
const QUICK_MS = 5
/** Of those that are known without reading: a walk as long is as quick in git. */
const MAX_COMMITS = 20_000

const TARGET = 1
const SOURCE = 2
/** Behind a common ancestor, so no best one. */
const STALE = 4
const FOUND = 8

interface Place {
  readonly lineage: Lineage
  paint: number
  isQueued: boolean
}

class Walk {
  readonly #objects: Commits
  readonly #pair: Pair
  readonly #places = new Map<Oid, Place>()
  readonly #queue = new Heap(isAfter)
  readonly #slices = new Slices()
  readonly #begun = performance.now()
  /** Of those in the queue, the ones that are not stale. */
  #open = 0
  #reads = 0

  constructor(objects: Commits, pair: Pair) {
    this.#objects = objects
    this.#pair = pair
  }

  /** @returns `null` when it is too far; of several some may be ancestors of others */
  async bases(): Promise<readonly Oid[] | null> {
    const { target, source } = this.#pair
    if (target === source) return [target]
    if (!(await this.#spread([target], TARGET)) || !(await this.#spread([source], SOURCE))) return null
    const found: Place[] = []
    while (this.#open > 0) {
      const place = this.#take()
      let paint = place.paint & (TARGET | SOURCE | STALE)
      if (paint === (TARGET | SOURCE)) {
        if ((place.paint & FOUND) === 0) found.push(place)
        place.paint |= FOUND
        paint |= STALE
      }
      if (!(await this.#spread(place.lineage.parents, paint, place.lineage))) return null
      if (this.#slices.isOver) await this.#slices.pause()
    }
    return found.filter(({ paint }) => (paint & STALE) === 0).map(({ lineage }) => lineage.oid)
  }

  /**
   * After `bases`, which has come by every one of them. With clocks that go backwards a common ancestor may be
   * among them.
   */
  onlyInTarget(): readonly Lineage[] {
    return Array.from(this.#places.values()).flatMap(({ lineage, paint }) =>
      paint === TARGET ? [lineage] : [],
    )
  }

  /** Paints commits that are not painted so yet, and queues them. @param child whose parents they are */
  async #spread(oids: readonly Oid[], paint: number, child?: Lineage): Promise<boolean> {
    for (const oid of oids) {
      let place = this.#places.get(oid)
      if (place === undefined) {
        const known = this.#objects.lineage(this.#pair.repo, oid)
        const lineage = known instanceof Promise ? await this.#read(known) : known
        if (lineage === null || !isBefore(lineage, child) || this.#places.size >= MAX_COMMITS) return false
        place = { lineage, paint: 0, isQueued: false }
        this.#places.set(oid, place)
      }
      this.#paint(place, paint)
    }
    return true
  }

  #paint(place: Place, paint: number): void {
    if ((place.paint & paint) === paint) return
    const wasOpen = place.isQueued && (place.paint & STALE) === 0
    place.paint |= paint
    const isOpen = (place.paint & STALE) === 0
    this.#open += Number(isOpen) - Number(wasOpen)
    if (place.isQueued) return
    place.isQueued = true
    this.#queue.push(place)
  }

  /** The newest. */
  #take(): Place {
    const place = this.#queue.pop() as Place
    place.isQueued = false
    if ((place.paint & STALE) === 0) this.#open--
    return place
  }

  async #read(reading: Promise<Lineage | null>): Promise<Lineage | null> {
    this.#reads++
    if (this.#reads > MAX_READS) return null
    if (this.#reads > SURE_READS && performance.now() - this.#begun > QUICK_MS) return null
    return reading
  }
}

/** A commit-graph that was written anew meanwhile may know less than before: then the order would not hold. */
function isBefore(parent: Lineage, child: Lineage | undefined): boolean {
  return child === undefined || child.generation === Infinity || parent.generation < child.generation
}

/** Behind all its descendants, as far as generations are known; else by the clocks of those who made them. */
function isAfter({ lineage: one }: Place, { lineage: other }: Place): boolean {
  return one.generation === other.generation ? one.seconds > other.seconds : one.generation > other.generation
}
