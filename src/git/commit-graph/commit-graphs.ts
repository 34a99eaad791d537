/**
 * The commit-graphs of the repositories in use. What one says of a commit is true for ever, so an old one that has
 * been replaced on disk is as good, only that it knows fewer commits. One that is damaged is removed: git believes it.
 */
import { existsSync, rmSync } from 'node:fs'
import { LRUCache } from 'lru-cache'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { type FileState, isSameState, readFileState } from '../refs/file-state.ts'
import type { PathProbe } from './changed-paths.ts'
import { CheckedFiles } from './checked-files.ts'
import { CommitGraph } from './commit-graph.ts'
import { graphHeads } from './graph-paths.ts'
import type { Lineage } from './lineage.ts'

interface Opened extends Disposable {
  readonly graph: CommitGraph | null
  /** What was asked for before, and what the objects have told of commits that are not in the graph. */
  readonly lineages: Map<Oid, Lineage>
  readonly states: readonly (FileState | null)[]
  /** By `performance.now()`. */
  lookedAt: number
}

/** At about 60 bytes each; a larger graph than this is kept alone. */
const MAX_COMMITS = 500_000
const MAX_OPEN = 64
/** Of all repositories together, at about 400 bytes each: two walks along one history read it once. */
const MAX_LINEAGES = 20_000
/** How long files are believed to be the same. */
const TRUST_MS = 1_000

export class CommitGraphs implements Disposable {
  readonly #opened = new LRUCache<RepoId, Opened>({
    max: MAX_OPEN,
    maxSize: MAX_COMMITS,
    sizeCalculation: ({ graph }) => 1 + Math.min(graph?.count ?? 0, MAX_COMMITS - 1),
    dispose: (opened) => opened[Symbol.dispose](),
  })
  readonly #files = new CheckedFiles()
  /** Room for more lineages. */
  #left = MAX_LINEAGES

  /** Call before git reads a history. */
  check(repo: RepoHandle): void {
    this.#open(repo)
  }

  /** @returns `null` when it has to be read from the object */
  lineage(repo: RepoHandle, oid: Oid): Lineage | null {
    const known = this.#open(repo).lineages.get(oid)
    if (known !== undefined) return known
    const lineage = this.#ask(repo, (graph) => graph.lineage(oid))
    return lineage && this.remember(repo, lineage)
  }

  /** What a commit says of itself counts until there is another graph, which may know more. @returns it */
  remember(repo: RepoHandle, lineage: Lineage): Lineage {
    if (this.#left-- === 0) {
      for (const { lineages } of this.#opened.values()) lineages.clear()
      this.#left = MAX_LINEAGES
    }
    this.#open(repo).lineages.set(lineage.oid, lineage)
    return lineage
  }

  /** Does the commit perhaps differ from its first parent at one of the paths? `false` is sure. */
  mayHaveChanged(repo: RepoHandle, oid: Oid, paths: readonly PathProbe[]): boolean {
    return this.#ask(repo, (graph) => graph.mayHaveChanged(oid, paths)) ?? true
  }

  /** Call when the repository is gone, or objects were removed from it. */
  forget(id: RepoId): void {
    this.#opened.delete(id)
  }

  [Symbol.dispose](): void {
    this.#opened.clear()
  }

  /** Of a damaged one nothing more is asked until its files change. */
  #ask<T>(repo: RepoHandle, question: (graph: CommitGraph) => T): T | null {
    const opened = this.#open(repo)
    try {
      return opened.graph && question(opened.graph)
    } catch (err) {
      if (!(err instanceof RangeError)) throw err
      const lineages = new Map<Oid, Lineage>()
      this.#opened.set(repo.id, { ...opened, graph: null, lineages, [Symbol.dispose]: () => {} })
      return null
    }
  }

  #open(repo: RepoHandle): Opened {
    const opened = this.#opened.get(repo.id)
    const now = performance.now()
    if (opened !== undefined && now - opened.lookedAt < TRUST_MS) return opened
    const states = statesOf(repo)
    if (opened?.states.every((state, i) => isSameState(state, states[i] ?? null))) {
      opened.lookedAt = now
      return opened
    }
    const graph = isShallow(repo) ? null : this.#openSound(repo)
    const dispose = () => graph?.[Symbol.dispose]()
    const made = { graph, lineages: new Map(), states, lookedAt: now, [Symbol.dispose]: dispose }
    this.#opened.set(repo.id, made)
    return made
  }

  #openSound(repo: RepoHandle): CommitGraph | null {
    const again = () => this.#opened.delete(repo.id)
    const isSound = (path: string) => {
      const condition = this.#files.conditionOf(path, repo.objectFormat, again)
      if (condition === 'damaged') for (const file of graphHeads(repo)) rmSync(file, { force: true })
      return condition === 'sound'
    }
    return CommitGraph.open(`${repo.path}/objects`, repo.objectFormat, isSound)
  }
}

function statesOf(repo: RepoHandle): readonly (FileState | null)[] {
  return graphHeads(repo).map((file) => readFileState(file))
}

/** git uses no commit-graph there: a commit has other parents than it says. */
function isShallow({ path }: RepoHandle): boolean {
  return existsSync(`${path}/shallow`)
}
