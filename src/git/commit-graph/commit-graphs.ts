/**
 * The commit-graphs of the repositories in use. What one says of a commit is true for ever, so an old one that has
 * been replaced on disk is as good, only that it knows fewer commits.
 */
import { existsSync } from 'node:fs'
import { LRUCache } from 'lru-cache'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { type FileState, isSameState, readFileState } from '../refs/file-state.ts'
import type { PathProbe } from './changed-paths.ts'
import { CommitGraph } from './commit-graph.ts'
import type { Lineage } from './lineage.ts'

interface Opened extends Disposable {
  readonly graph: CommitGraph | null
  readonly states: readonly (FileState | null)[]
  /** By `performance.now()`. */
  lookedAt: number
}

/** At about 60 bytes each; a larger graph than this is kept alone. */
const MAX_COMMITS = 500_000
const MAX_OPEN = 64
/** How long files are believed to be the same. */
const TRUST_MS = 1_000

export class CommitGraphs implements Disposable {
  readonly #opened = new LRUCache<RepoId, Opened>({
    max: MAX_OPEN,
    maxSize: MAX_COMMITS,
    sizeCalculation: ({ graph }) => 1 + Math.min(graph?.count ?? 0, MAX_COMMITS - 1),
    dispose: (opened) => opened[Symbol.dispose](),
  })

  /** @returns `null` when it has to be read from the object */
  lineage(repo: RepoHandle, oid: Oid): Lineage | null {
    return this.#ask(repo, (graph) => graph.lineage(oid))
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
      this.#opened.set(repo.id, { ...opened, graph: null, [Symbol.dispose]: () => {} })
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
    const graph = isShallow(repo) ? null : CommitGraph.open(`${repo.path}/objects`, repo.objectFormat)
    const made = { graph, states, lookedAt: now, [Symbol.dispose]: () => graph?.[Symbol.dispose]() }
    this.#opened.set(repo.id, made)
    return made
  }
}

function statesOf({ path }: RepoHandle): readonly (FileState | null)[] {
  const info = `${path}/objects/info`
  return [`${info}/commit-graph`, `${info}/commit-graphs/commit-graph-chain`].map((file) =>
    readFileState(file),
  )
}

/** git uses no commit-graph there: a commit has other parents than it says. */
function isShallow({ path }: RepoHandle): boolean {
  return existsSync(`${path}/shallow`)
}
