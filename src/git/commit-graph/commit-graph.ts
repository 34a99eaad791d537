/**
 * The commit-graph of one object directory: one file, or a chain of them, each standing on those before.
 *
 * @see gitformat-commit-graph(5), git-commit-graph(1) `--split`
 */
import { readFileSync } from 'node:fs'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { PathProbe } from './changed-paths.ts'
import { GraphFile } from './graph-file.ts'
import type { Lineage } from './lineage.ts'

export class CommitGraph implements Disposable {
  readonly #files: readonly GraphFile[]
  /** Number of the first commit of each file. */
  readonly #starts: readonly number[]
  readonly #count: number

  /** @param files base first */
  private constructor(files: readonly GraphFile[]) {
    this.#files = files
    let count = 0
    this.#starts = files.map((file) => (count += file.count) - file.count)
    this.#count = count
  }

  /**
   * @param isSound whether a file is as it was written
   * @returns `null` where there is none that can be read
   */
  static open(
    objectsPath: string,
    format: ObjectFormat,
    isSound: (path: string) => boolean,
  ): CommitGraph | null {
    const files = openFiles(objectsPath, (path) => (isSound(path) ? openIfThere(path, format) : null))
    return files.length === 0 ? null : new CommitGraph(files)
  }

  /** Commits in it. */
  get count(): number {
    return this.#count
  }

  /** @returns `null` when it is not in there. @throws RangeError on what no graph says */
  lineage(oid: Oid): Lineage | null {
    const place = this.#find(oid)
    return place && this.#lineageAt(oid, ...place)
  }

  /** Does the commit perhaps differ from its first parent at one of the paths? `false` is sure. */
  mayHaveChanged(oid: Oid, paths: readonly PathProbe[]): boolean {
    const place = this.#find(oid)
    return place === null || place[0].mayHaveChanged(place[1], paths)
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file[Symbol.dispose]()
  }

  #find(oid: Oid): readonly [file: GraphFile, number: number] | null {
    const binary = Buffer.from(oid, 'hex')
    for (const file of this.#files) {
      const at = file.find(binary)
      if (at !== null) return [file, at]
    }
    return null
  }

  #lineageAt(oid: Oid, file: GraphFile, at: number): Lineage | null {
    const { tree, parents, seconds, generation } = file.rowAt(at)
    if (generation === 0) return null // written by a git that did not know them yet
    return { oid, tree, parents: parents.map((parent) => this.#oidOf(parent)), seconds, generation }
  }

  #oidOf(number: number): Oid {
    const [file, at] = this.#place(number)
    return file.oidAt(at)
  }

  #place(number: number): readonly [GraphFile, number] {
    if (number >= this.#count) throw new RangeError('no such commit')
    const i = this.#starts.findLastIndex((start) => start <= number)
    return [this.#files[i]!, number - this.#starts[i]!]
  }
}

/** Of a chain that ends early, or in which a file is not what it should be, what comes before: as git does. */
function openFiles(objectsPath: string, openFile: (path: string) => GraphFile | null): readonly GraphFile[] {
  const single = openFile(`${objectsPath}/info/commit-graph`)
  if (single !== null) return isOn(single, 0) ? [single] : []
  const files: GraphFile[] = []
  for (const name of chainOf(objectsPath)) {
    const file = openFile(`${objectsPath}/info/commit-graphs/graph-${name}.graph`)
    if (file === null || !isOn(file, files.length)) break
    files.push(file)
  }
  return files
}

function isOn(file: GraphFile, bases: number): boolean {
  if (file.bases === bases) return true
  file[Symbol.dispose]()
  return false
}

function chainOf(objectsPath: string): readonly string[] {
  const text = unlessAbsent(() =>
    readFileSync(`${objectsPath}/info/commit-graphs/commit-graph-chain`, 'latin1'),
  )
  return (text ?? '').split('\n').filter((line) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(line))
}

function openIfThere(path: string, format: ObjectFormat): GraphFile | null {
  return unlessAbsent(() => GraphFile.open(path, format))
}

function unlessAbsent<T>(read: () => T): T | null {
  try {
    return read()
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw err
  }
}
