/**
 * What is known of the last commits of one repository: a file, and on top of it the commits that came since. All of
 * it is about the line of first parents of one head, and true for ever: a branch that goes another way only makes it
 * less useful.
 */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { changesOfCommit } from './changes-of-commit.ts'
import type { EntryKey, PathKey } from './entry-key.ts'
import type { LastCommitsFile } from './index-file.ts'
import type { DirectoryRecord, LastTouch } from './index-record.ts'
import type { Known } from './last-commits-walk.ts'
import { NewerTouches, type NewerTouch } from './newer-touches.ts'
import { Slices } from '../slices.ts'
import { writeIndexFile } from './write-index.ts'

/** To read more commits than this takes as long as to sweep the history again. */
const MAX_NEWER = 5_000

export class LastCommitsIndex implements AsyncDisposable {
  readonly #file: LastCommitsFile
  readonly #newer: NewerTouches

  constructor(file: LastCommitsFile) {
    this.#file = file
    this.#newer = new NewerTouches(file.head)
  }

  get head(): Oid {
    return this.#newer.head
  }

  /** Of the commits that came since the file was written. */
  get newer(): Pick<NewerTouches, 'height' | 'size'> {
    return this.#newer
  }

  /** What is known of a directory; for one walk. */
  knownIn(directory: PathKey): Known {
    const older = once(() => this.#file.touchesIn(directory))
    const newer = this.#newer.touchesIn(directory)
    return (commit) => {
      const height = this.#newer.heightOf(commit)
      if (height !== null) return (entry) => knownAbove(newer.get(entry), height, older()?.get(entry))
      const depth = this.#file.depthOf(commit)
      return depth === null ? undefined : (entry) => knownBelow(older()?.get(entry), depth)
    }
  }

  /**
   * Takes in the commits up to a new head, unless they do not stand on the one that is known.
   *
   * @returns whether `head` is known now
   * @throws AppError as `StoredObjects`
   */
  async extendTo(
    objects: Pick<StoredObjects, 'commit' | 'lineage' | 'mayHaveChanged' | 'tree'>,
    repo: RepoHandle,
    head: Oid,
  ): Promise<boolean> {
    const line = await this.#lineTo(objects, repo, head)
    if (line === null) return false
    const slices = new Slices()
    for (const oid of line) {
      const commit = await objects.commit(repo, oid)
      if (commit === null) return false
      const touched = await changesOfCommit({ objects, repo }, commit, (directory) => this.knownIn(directory))
      if (touched === null) return false
      this.#newer.add(oid, touched)
      await slices.pause()
    }
    return true
  }

  /** Writes a file that holds all. @throws the error of the file system */
  async write(repo: RepoHandle): Promise<void> {
    const { height } = this.#newer
    const line = this.#file.line()
    const older = (function* () {
      for (const { key, value } of line.slots) yield { key, value: value + height }
    })()
    const newer = Array.from(this.#newer.line(), ([oid, at]) => ({
      key: Buffer.from(oid, 'hex'),
      value: height - at,
    }))
    await writeIndexFile(repo, {
      head: this.head,
      records: this.#records(),
      line: { count: line.count + newer.length, slots: both(older, newer) },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]()
  }

  /** Oldest first; `null` when the head that is known is not among the first parents of `head`, or far behind. */
  async #lineTo(
    objects: Pick<StoredObjects, 'commit'>,
    repo: RepoHandle,
    head: Oid,
  ): Promise<readonly Oid[] | null> {
    const line: Oid[] = []
    const slices = new Slices()
    for (let oid = head; oid !== this.head;) {
      if (line.push(oid) > MAX_NEWER || this.knows(oid)) return null
      const [parent] = (await objects.commit(repo, oid))?.parents ?? []
      if (parent === undefined) return null
      oid = parent
      await slices.pause()
    }
    return line.reverse()
  }

  /** Is it on the line? */
  knows(commit: Oid): boolean {
    return this.#newer.heightOf(commit) !== null || this.#file.depthOf(commit) !== null
  }

  *#records(): Generator<DirectoryRecord> {
    const rest = new Set(this.#newer.directories())
    for (const { directory, touches } of this.#file.records()) {
      rest.delete(directory)
      yield this.#merged(directory, touches)
    }
    for (const directory of rest) yield this.#merged(directory, new Map())
  }

  #merged(directory: PathKey, older: ReadonlyMap<EntryKey, LastTouch>): DirectoryRecord {
    const { height } = this.#newer
    const touches = new Map<EntryKey, LastTouch>()
    for (const [entry, { commit, depth }] of older) touches.set(entry, { commit, depth: depth + height })
    for (const [entry, { commit, height: at }] of this.#newer.touchesIn(directory)) {
      if (commit === null) touches.delete(entry)
      else touches.set(entry, { commit, depth: height - at })
    }
    return { directory, touches }
  }
}

/** At a commit of the file: what came later does not matter. */
function knownBelow(touch: LastTouch | undefined, depth: number): Oid | undefined {
  return touch !== undefined && depth <= touch.depth ? touch.commit : undefined
}

/** An entry that was touched since has the latest of its commits only; of those before nothing is kept. */
function knownAbove(
  newer: NewerTouch | undefined,
  height: number,
  older: LastTouch | undefined,
): Oid | undefined {
  if (newer === undefined) return older?.commit
  return newer.commit !== null && newer.height <= height ? newer.commit : undefined
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}

function* both<T>(some: Iterable<T>, others: Iterable<T>): Generator<T> {
  yield* some
  yield* others
}
