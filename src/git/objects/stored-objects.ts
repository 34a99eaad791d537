/**
 * Objects of all repositories as values, kept in memory while they are in use. An object never changes, so
 * what is kept is never out of date; who may see it is asked before. What may be large is not read here
 * whole: see blob-stream.ts.
 */
import { LRUCache } from 'lru-cache'
import { AppError } from '../../kernel/errors.ts'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { CommitGraphs } from '../commit-graph/commit-graphs.ts'
import type { PathProbe } from '../commit-graph/changed-paths.ts'
import { lineageOf, type Lineage } from '../commit-graph/lineage.ts'
import type { HashedObject } from '../quarantine/hashed-object.ts'
import type { CatFile } from './cat-file.ts'
import type { ObjectInfo } from './cat-file-session.ts'
import { parseCommit, parseTag, type Commit, type Tag } from './commit.ts'
import { parseTree, type TreeEntry } from './tree.ts'

export interface StoredObjectsLimits {
  /** Memory for all objects together, about. */
  readonly maxBytes: number
  /** A larger object is read each time it is asked for. */
  readonly maxObjectBytes: number
}

export const STORED_OBJECTS_LIMITS: StoredObjectsLimits = {
  maxBytes: 48 * 1024 * 1024,
  maxObjectBytes: 1024 * 1024,
}

/** A larger commit, tag or tree is none that people make; a tree of this size has up to 500,000 entries. */
const MAX_READ_BYTES = 16 * 1024 * 1024
/** About what a value takes in memory besides its text: its key and place, and each entry of a tree. */
const PLACE_BYTES = 256
const ENTRY_BYTES = 256

interface Kept<T> {
  readonly value: T
  /** Bytes of the object. */
  readonly size: number
  /** In memory, about. */
  readonly bytes: number
}

export class StoredObjects {
  readonly #files: Pick<CatFile, 'info' | 'read'>
  readonly #graphs: Pick<CommitGraphs, 'lineage' | 'remember' | 'mayHaveChanged' | 'forget'> | null
  readonly #maxObjectBytes: number
  readonly #kept: LRUCache<string, Kept<unknown>>
  /** Who asks for what is being read waits for the same answer. */
  readonly #loading = new Map<string, Promise<Kept<unknown> | null>>()

  /** @param graphs absent: all is read from the objects */
  constructor(
    files: Pick<CatFile, 'info' | 'read'>,
    limits: StoredObjectsLimits = STORED_OBJECTS_LIMITS,
    graphs: Pick<CommitGraphs, 'lineage' | 'remember' | 'mayHaveChanged' | 'forget'> | null = null,
  ) {
    this.#files = files
    this.#graphs = graphs
    this.#maxObjectBytes = limits.maxObjectBytes
    this.#kept = new LRUCache({ maxSize: limits.maxBytes, sizeCalculation: ({ bytes }) => bytes })
  }

  /**
   * `null`: there is no such commit, as below for the other types.
   *
   * @throws AppError `LAUNCHER_LOST`, `GIT_FAILED`, as all methods here; `UNPROCESSABLE`: it is too large
   */
  commit(repo: RepoHandle, oid: Oid): Promise<Commit | null> {
    return this.#parsed(repo, oid, 'commit', (content) => parseCommit(oid, content))
  }

  /**
   * Where a commit stands in history: at once where the commit-graph or the memory knows it. One that was dropped
   * from the repository may still be known.
   */
  lineage(repo: RepoHandle, oid: Oid): Lineage | Promise<Lineage | null> {
    const known = this.#graphs?.lineage(repo, oid)
    if (known) return known
    const kept = this.#kept.get(keyOf(repo, 'commit', oid)) as Kept<Commit> | undefined
    if (kept) return this.#lineageOf(repo, kept.value)
    return this.commit(repo, oid).then((commit) => commit && this.#lineageOf(repo, commit))
  }

  /** Does a commit perhaps differ from its first parent at one of the paths? `false` is sure. Reads only the commit-graph. */
  mayHaveChanged(repo: RepoHandle, oid: Oid, paths: readonly PathProbe[]): boolean {
    return this.#graphs?.mayHaveChanged(repo, oid, paths) ?? true
  }

  /** Entries in git's order. */
  tree(repo: RepoHandle, oid: Oid): Promise<readonly TreeEntry[] | null> {
    return this.#parsed(repo, oid, 'tree', (content) => parseTree(content, repo.objectFormat))
  }

  /** An annotated one. */
  tag(repo: RepoHandle, oid: Oid): Promise<Tag | null> {
    return this.#parsed(repo, oid, 'tag', (content) => parseTag(oid, content))
  }

  /** @throws AppError `PAYLOAD_TOO_LARGE` with `details.size` when it is larger than `maxBytes` */
  async blob(repo: RepoHandle, oid: Oid, { maxBytes }: { maxBytes: number }): Promise<Buffer | null> {
    const info = await this.info(repo, oid)
    if (info?.type !== 'blob') return null
    const { size } = info
    if (size > maxBytes) throw new AppError('PAYLOAD_TOO_LARGE', { details: { size, maxBytes } })
    return this.#get(keyOf(repo, 'blob', oid), async () => {
      const blob = await this.#files.read(repo, oid, { maxBytes: size })
      return blob && { value: blob.content, size, bytes: PLACE_BYTES + size }
    })
  }

  /** Type and size. */
  info(repo: RepoHandle, oid: Oid): Promise<ObjectInfo | null> {
    return this.#infoOf(repo, oid)
  }

  /**
   * The commit that an id leads to: the one it names, or that a tag points at, or an ancestor of it.
   *
   * @param steps `~<n>` and `^<n>` in any order, or empty. @see gitrevisions(7)
   */
  async commitFrom(repo: RepoHandle, oid: Oid, steps: string): Promise<Oid | null> {
    return (await this.#infoOf(repo, `${oid}${steps}^{commit}`))?.oid ?? null
  }

  /** The only commit whose id begins so. Asked anew each time: tomorrow there may be two. @param digits at least 4 */
  async abbreviated(repo: RepoHandle, digits: string): Promise<Oid | null> {
    const found = await this.#files.info(repo, `${digits}^{commit}`)
    return found?.oid.startsWith(digits) ? found.oid : null // else git knew a ref of that name
  }

  /** A commit or tree that has just come into the repository, and was made here: who wants it need not read it. */
  learn(repo: RepoHandle, { oid, type, content }: HashedObject): void {
    if ((type !== 'commit' && type !== 'tree') || content.length > this.#maxObjectBytes) return
    const parse = (): object | null =>
      type === 'commit' ? parseCommit(oid, content) : parseTree(content, repo.objectFormat)
    const kept = keptOf(content, parse)
    if (kept) this.#kept.set(keyOf(repo, type, oid), kept)
  }

  /** Call when the repository is gone. */
  forget(id: RepoId): void {
    this.#graphs?.forget(id)
    for (const key of this.#kept.keys()) if (key.startsWith(id)) this.#kept.delete(key)
  }

  #lineageOf(repo: RepoHandle, commit: Commit): Lineage {
    const lineage = lineageOf(commit)
    return this.#graphs?.remember(repo, lineage) ?? lineage
  }

  #infoOf(repo: RepoHandle, object: string): Promise<ObjectInfo | null> {
    return this.#get(keyOf(repo, 'info', object), async () => {
      const value = await this.#files.info(repo, object)
      return value && { value, size: 0, bytes: PLACE_BYTES }
    })
  }

  /** `^{type}`, because a blob in place of a commit may be of any size; it must not lead to another object. */
  #parsed<T extends object>(
    repo: RepoHandle,
    oid: Oid,
    type: 'commit' | 'tree' | 'tag',
    parse: (content: Buffer) => T | null,
  ): Promise<T | null> {
    return this.#get(keyOf(repo, type, oid), async () => {
      const object = await this.#files
        .read(repo, `${oid}^{${type}}`, { maxBytes: MAX_READ_BYTES })
        .catch((err: unknown) => tooLarge(err, type))
      return object?.oid === oid ? keptOf(object.content, parse) : null
    })
  }

  async #get<T>(key: string, load: () => Promise<Kept<T> | null>): Promise<T | null> {
    const kept = (this.#kept.get(key) ?? (await this.#load(key, load))) as Kept<T> | null
    return kept && kept.value
  }

  #load(key: string, load: () => Promise<Kept<unknown> | null>): Promise<Kept<unknown> | null> {
    const running = this.#loading.get(key)
    if (running) return running
    const loading = load()
      .then((kept) => {
        if (kept && kept.size <= this.#maxObjectBytes) this.#kept.set(key, kept)
        return kept
      })
      .finally(() => this.#loading.delete(key))
    this.#loading.set(key, loading)
    return loading
  }
}

/** @returns `null` for what cannot be parsed */
function keptOf<T extends object>(content: Buffer, parse: (content: Buffer) => T | null): Kept<T> | null {
  const value = parse(content)
  const entries = Array.isArray(value) ? value.length : 0
  const size = content.length
  return value && { value, size, bytes: PLACE_BYTES + 2 * size + ENTRY_BYTES * entries }
}

/** What is said of a request body is not true of an object. @throws what it is given, or AppError `UNPROCESSABLE` */
function tooLarge(err: unknown, type: string): never {
  if (!(err instanceof AppError) || err.code !== 'PAYLOAD_TOO_LARGE') throw err
  throw new AppError('UNPROCESSABLE', {
    details: { reason: `the ${type} is too large`, limitBytes: MAX_READ_BYTES },
  })
}

function keyOf(
  { id }: RepoHandle,
  kind: 'commit' | 'tree' | 'tag' | 'blob' | 'info',
  object: string,
): string {
  return `${id} ${kind} ${object}`
}
