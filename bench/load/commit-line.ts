/** What an agent commits: one to ten files of 2 KiB each time, the same names again, random content. */
import { randomBytes, randomNumbers } from '../inputs/random-bytes.ts'
import { loadObject, storedPack, type LoadObject } from './stored-pack.ts'

/** forgemark's commit shape. */
export const COMMIT_SHAPE = { filesMin: 1, filesMax: 10, fileBytes: 2_048 } as const

/** What a commit is put on top of. */
export interface Base {
  readonly commit: string
  /** Of its root tree. */
  readonly entries: readonly TreeEntry[]
}

export interface TreeEntry {
  /** Octal, as in the tree: `100644`, `40000`. */
  readonly mode: string
  readonly name: string
  readonly oid: string
}

export interface MadeCommit {
  readonly oid: string
  /** All that is new with it. */
  readonly pack: Buffer
}

export class CommitLine {
  readonly #seed: string
  readonly #random: (limit: number) => number
  readonly #entries: Map<string, TreeEntry>
  #parent: string | null
  #made = 0

  /** @param seed another one: other content; @param base `null`: the first commit has no parent */
  constructor(seed: string, base: Base | null) {
    this.#seed = seed
    this.#random = randomNumbers(seed)
    this.#entries = new Map(base?.entries.map((entry) => [entry.name, entry]))
    this.#parent = base?.commit ?? null
  }

  next(): MadeCommit {
    const { filesMin, filesMax, fileBytes } = COMMIT_SHAPE
    const count = filesMin + this.#random(filesMax - filesMin + 1)
    const content = randomBytes(`${this.#seed}/${this.#made}`, count * fileBytes)
    const blobs = Array.from({ length: count }, (_, at) => {
      return loadObject('blob', content.subarray(at * fileBytes, (at + 1) * fileBytes))
    })
    blobs.forEach(({ oid }, at) => {
      const name = `file-${at}.txt`
      this.#entries.set(name, { mode: '100644', name, oid })
    })
    const tree = treeOf([...this.#entries.values()])
    const commit = commitOf(tree.oid, this.#parent, this.#made++)
    this.#parent = commit.oid
    return { oid: commit.oid, pack: storedPack([...blobs, tree, commit]) }
  }
}

function treeOf(entries: readonly TreeEntry[]): LoadObject {
  const sorted = entries.toSorted((a, b) => Buffer.compare(sortKey(a), sortKey(b)))
  const parts = sorted.flatMap(({ mode, name, oid }) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(oid, 'hex'),
  ])
  return loadObject('tree', Buffer.concat(parts))
}

/** Directories sort as if their names ended in a slash. */
function sortKey({ mode, name }: TreeEntry): Buffer {
  return Buffer.from(mode === '40000' ? `${name}/` : name)
}

function commitOf(tree: string, parent: string | null, at: number): LoadObject {
  const person = `Agent <agent@example.invalid> ${1_700_000_000 + at} +0000`
  const parents = parent === null ? '' : `parent ${parent}\n`
  return loadObject(
    'commit',
    Buffer.from(`tree ${tree}\n${parents}author ${person}\ncommitter ${person}\n\ncommit ${at}\n`),
  )
}
