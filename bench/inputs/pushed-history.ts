/** A repository as a crowd of agents makes it: a base, then many pushes of one commit to many branches. */
import { hashObject, type HashedObject } from '../../src/git/quarantine/hashed-object.ts'
import { deflateAll } from '../../src/git/quarantine/deflate-all.ts'
import { buildPack } from '../../src/git/quarantine/own-pack.ts'
import type { NewObject } from '../../src/kernel/ports.ts'
import type { PushedCommit } from '../requests/push-request.ts'

const DIRECTORIES = 20
const FILES = 20
const LINES = 40
const PERSON = 'Bench <bench@example.invalid>'
const START_SECONDS = 1_700_000_000
const ZERO = '0'.repeat(40)

interface Directory {
  readonly name: string
  readonly tree: HashedObject
  readonly files: readonly HashedObject[]
}

interface Snapshot {
  readonly commit: HashedObject
  readonly directories: readonly Directory[]
}

export class PushedHistory {
  readonly #base: Snapshot
  readonly #baseObjects: readonly HashedObject[]
  readonly #tips: Map<number, Snapshot>
  #made: number

  constructor(before?: { readonly tips: ReadonlyMap<number, Snapshot>; readonly made: number }) {
    this.#tips = new Map(before?.tips)
    this.#made = before?.made ?? 0
    const directories = Array.from({ length: DIRECTORIES }, (_, d) => {
      return directory(
        `part-${pad(d)}`,
        Array.from({ length: FILES }, (_file, f) => file(`base ${d} ${f}`)),
      )
    })
    const root = tree(directories)
    this.#base = { commit: commit(root, null, 0), directories }
    this.#baseObjects = [
      ...directories.flatMap((each) => [...each.files, each.tree]),
      ...[root, this.#base.commit],
    ]
  }

  /** The same history, for a copy of the repository that goes its own way. */
  fork(): PushedHistory {
    return new PushedHistory({ tips: this.#tips, made: this.#made })
  }

  /** Makes the branch that the others begin at. */
  base(): Promise<PushedCommit> {
    return pushed(ZERO, this.#base.commit, this.#baseObjects)
  }

  /** One commit, which changes a line of one file, on the branch of that number; the first one makes the branch. */
  next(branch: number): Promise<PushedCommit> {
    const n = ++this.#made
    const before = this.#tips.get(branch) ?? this.#base
    const at = n % DIRECTORIES
    const { name, files } = before.directories[at]!
    const blob = file(`commit ${n} of branch ${branch}`)
    const changed = directory(name, files.with(branch % FILES, blob))
    const directories = before.directories.with(at, changed)
    const root = tree(directories)
    const made = commit(root, before.commit.oid, n)
    const oldOid = this.#tips.has(branch) ? before.commit.oid : ZERO
    this.#tips.set(branch, { commit: made, directories })
    return pushed(oldOid, made, [blob, changed.tree, root, made])
  }
}

async function pushed(
  oldOid: string,
  { oid }: HashedObject,
  objects: readonly HashedObject[],
): Promise<PushedCommit> {
  const distinct = [...new Map(objects.map((object) => [object.oid, object])).values()]
  const { pack } = buildPack(await deflateAll(distinct, ({ content }) => content), 'sha1')
  return { oldOid, newOid: oid, pack }
}

function file(changed: string): HashedObject {
  const lines = Array.from({ length: LINES }, (_, i) => (i === LINES / 2 ? changed : `line ${i} of the file`))
  return object('blob', `${lines.join('\n')}\n`)
}

function directory(name: string, files: readonly HashedObject[]): Directory {
  const entries = files.map((each, i) => entry('100644', `file-${pad(i)}.txt`, each))
  return { name, tree: object('tree', Buffer.concat(entries)), files }
}

function tree(directories: readonly Directory[]): HashedObject {
  return object('tree', Buffer.concat(directories.map((each) => entry('40000', each.name, each.tree))))
}

function entry(mode: string, name: string, { oid }: HashedObject): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')])
}

function commit(root: HashedObject, parent: string | null, n: number): HashedObject {
  const parents = parent === null ? '' : `parent ${parent}\n`
  const when = `${PERSON} ${START_SECONDS + n} +0000`
  return object('commit', `tree ${root.oid}\n${parents}author ${when}\ncommitter ${when}\n\ncommit ${n}\n`)
}

function object(type: NewObject['type'], content: string | Buffer): HashedObject {
  return hashObject({ type, content: Buffer.from(content) }, 'sha1')
}

/** Two digits, so that the order of names is that of numbers. */
function pad(n: number): string {
  return String(n).padStart(2, '0')
}
