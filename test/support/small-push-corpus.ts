/**
 * Small pushes of every kind, good and bad, upon one repository: what each sends, and whether a server that takes
 * small pushes itself leaves it to git.
 */
import { randomBytes } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { ObjectFormat, Oid } from '../../src/kernel/ids.ts'
import {
  appendingDelta,
  copyingDelta,
  entryBytes,
  makePack,
  object,
  offsetDelta,
  refDelta,
  tree,
  zeros,
  type MadeObject,
  type PackEntry,
  type TreeEntry,
} from './hand-made-pack.ts'
import type { Client } from './store.ts'

export interface CorpusPush {
  readonly name: string
  readonly pack: Buffer
  /** Of the ref that is made. */
  readonly tip: string
  /** Below `refs/`; a branch of a number if absent. */
  readonly ref?: string
  /** `taken`: without a process. `left`: to git, which takes or refuses it. */
  readonly by: 'taken' | 'left'
}

/** What all of them stand on: `main`, with an older commit, and one that no ref reaches any more. */
export interface CorpusBase {
  readonly pack: Buffer
  readonly tip: Oid
  readonly older: Oid
}

const WHO = 'M <m@example.test> 1700000000 +0000'
const TEXT = Array.from({ length: 400 }, (_, i) => `line ${i * 7919}`).join('\n')

export function corpusBase(client: Client): CorpusBase {
  const older = client.commit('older', { content: TEXT })
  const tip = client.commit('base', { parents: [older], content: `${TEXT}\nmore` })
  return { pack: client.pack([tip]), tip, older }
}

/** Good ones and bad ones, in any order; the client made `base`. */
export function corpus(client: Client, base: CorpusBase, format: ObjectFormat): CorpusPush[] {
  const maker = new Maker(format)
  return [...madeByGit(client, base), ...madeByHand(maker, base), ...bad(maker, base)]
}

function madeByGit(client: Client, { tip, older }: CorpusBase): CorpusPush[] {
  const next = client.commit('next', { parents: [tip], content: `${TEXT}\nnext` })
  const third = client.commit('third', { parents: [next], content: `first\n${TEXT}\nnext` })
  const side = client.commit('side', { parents: [older], content: `${TEXT}\nside`, file: 'side.txt' })
  const merge = client.commit('merge', { parents: [third, side], content: `${TEXT}\nmerged` })
  const tag = (target: Oid, type: string, name: string) =>
    client.git(['mktag'], `object ${target}\ntype ${type}\ntag ${name}\ntagger ${WHO}\n\n${name}\n`) as Oid
  const onOld = tag(tip, 'commit', 'on-old')
  const onNew = tag(next, 'commit', 'on-new')
  const onTag = tag(onNew, 'tag', 'on-tag')
  const treeOid = client.git(['rev-parse', `${tip}^{tree}`]) as Oid
  const onTree = tag(treeOid, 'tree', 'on-tree')
  const sent = (name: string, to: Oid, known: readonly Oid[] = [tip]): CorpusPush => {
    return { name, tip: to, pack: client.pack([to], known), by: 'taken' }
  }
  return [
    sent('a commit, thin', next),
    { ...sent('a commit with deltas by id', next), pack: client.packById(next, [tip]) },
    sent('two commits', third),
    sent('a merge', merge),
    sent('all of the history once more', third, []),
    sent('a commit upon an older one', side),
    sent('nothing that is new', tip, []),
    { ...sent('a tag of an old commit', onOld), ref: 'tags/on-old' },
    { ...sent('a tag of a new commit', onNew), ref: 'tags/on-new' },
    { ...sent('a tag of a tag', onTag), ref: 'tags/on-tag' },
    { ...sent('a tag of a tree', onTree), ref: 'tags/on-tree' },
  ]
}

function madeByHand(make: Maker, { tip }: CorpusBase): CorpusPush[] {
  const file = make.blob('by hand\n')
  const empty = make.blob('')
  const emptyTree = make.tree([])
  const commitOf = (name: string, entries: readonly TreeEntry[], more: readonly MadeObject[] = [file]) =>
    make.push(name, [...more, make.tree(entries)], { parents: [tip] })
  const deep = make.tree([{ name: 'file', oid: file.oid }])
  const random = make.blob(randomBytes(1024 * 1024))
  const modules = make.blob('[submodule "x"]\n\tpath = x\n\turl = https://example.test/x\n')
  const attributes = make.blob('* text=auto\n')
  const good: CorpusPush[] = [
    commitOf('an executable and a link', [
      { name: 'link', mode: '120000', oid: file.oid },
      { name: 'run', mode: '100755', oid: file.oid },
    ]),
    commitOf('a submodule', [
      { name: 'file', oid: file.oid },
      { name: 'sub', mode: '160000', oid: '12'.repeat(file.oid.length / 2) },
    ]),
    commitOf('directories', [{ name: 'dir', mode: '40000', oid: deep.oid }], [file, deep]),
    commitOf('a .gitmodules', [{ name: '.gitmodules', oid: modules.oid }], [modules]),
    commitOf('a .gitattributes', [{ name: '.gitattributes', oid: attributes.oid }], [attributes]),
    commitOf('a .gitattributes that is there', [{ name: '.gitattributes', oid: attributes.oid }], []),
    commitOf('an empty file', [{ name: 'empty', oid: empty.oid }], [empty]),
    commitOf('a mebibyte of noise', [{ name: 'noise', oid: random.oid }], [random]),
    make.push('an empty tree', [emptyTree], { parents: [tip] }),
    make.chain('a hundred and eighty objects', 60, tip),
    make.push('a root of its own', [file, make.tree([{ name: 'a', oid: file.oid }])], { parents: [] }),
    make.push('a message in Latin 1', [emptyTree], {
      parents: [tip],
      more: 'encoding ISO-8859-1\n',
      message: Buffer.from('caf\xe9\n', 'latin1'),
    }),
    make.push('a message that is no UTF-8', [emptyTree], {
      parents: [tip],
      message: Buffer.from('\xff\xfe\n', 'latin1'),
    }),
    make.push('a signature', [emptyTree], {
      parents: [tip],
      more: 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n',
    }),
    make.deltas('deltas upon deltas', tip, (base) => {
      const first = offsetDelta(entryBytes(base.entry), appendingDelta(10, Buffer.from('+1')))
      const second = offsetDelta(entryBytes(first), appendingDelta(12, Buffer.from('+2')))
      return { entries: [base.entry, first, second], made: '0123456789+1+2' }
    }),
    make.deltas('a delta before its base', tip, (base) => {
      const first = refDelta(base.oid, appendingDelta(10, Buffer.from('+before')))
      return { entries: [first, base.entry], made: '0123456789+before' }
    }),
  ]
  const quoted = make.blob('[submodule "x"]\n\tpath = "x"\n\turl = https://example.test/x\n')
  const large = make.blob(randomBytes(3 * 1024 * 1024))
  const left: CorpusPush[] = [
    commitOf('a .gitmodules with quotes', [{ name: '.gitmodules', oid: quoted.oid }], [quoted]),
    commitOf('a large file', [{ name: 'large', oid: large.oid }], [large]),
    commitOf('a mode of old tools', [{ name: 'zero', mode: '0100644', oid: file.oid }]),
    make.padded('a thousand files and one', 1_001, tip),
    make.trailing('what follows the pack', tip),
  ].map((push) => ({ ...push, by: 'left' }))
  const unsent = make.push('an empty tree that is not sent', [], { parents: [tip], tree: emptyTree.oid })
  const tipless = make.push('a tip that is nowhere', [file], { parents: [tip], sent: false })
  return [{ ...unsent, by: 'left' }, ...good, ...left, tipless]
}

/** Each of them is refused, or at least not taken without git. */
function bad(make: Maker, { tip }: CorpusBase): CorpusPush[] {
  const file = make.blob('file of a bad push\n')
  const absent = '34'.repeat(file.oid.length / 2)
  const good = make.tree([{ name: 'a', oid: file.oid }])
  const ofTree = (name: string, entries: readonly TreeEntry[]) =>
    make.push(name, [file, make.tree(entries)], { parents: [tip] })
  const entry = (type: PackEntry['type'], content: Buffer, more: Partial<PackEntry> = {}): PackEntry => {
    return { type, bytes: content.length, deflated: deflateSync(content), ...more }
  }
  const raw = (name: string, ...entries: PackEntry[]) => make.around(name, tip, entries)
  const text = Buffer.from('0123456789')
  const base = make.blob(text)
  const bytes = deflateSync(text)
  const pushes: Omit<CorpusPush, 'by'>[] = [
    ofTree('a tree with .git in it', [{ name: '.git', oid: file.oid }]),
    ofTree('a tree with .. in it', [{ name: '..', oid: file.oid }]),
    ofTree('a tree out of order', [
      { name: 'b', oid: file.oid },
      { name: 'a', oid: file.oid },
    ]),
    ofTree('a tree with a name twice', [
      { name: 'a', oid: file.oid },
      { name: 'a', oid: file.oid },
    ]),
    ofTree('a tree with a slash in a name', [{ name: 'a/b', oid: file.oid }]),
    ofTree('a tree that names what is nowhere', [{ name: 'a', oid: absent }]),
    ofTree('a tree that takes a file for a directory', [{ name: 'a', mode: '40000', oid: file.oid }]),
    ofTree('a tree that takes a commit for a file', [{ name: 'a', oid: tip }]),
    ofTree('a tree with no id', [{ name: 'a', oid: '00'.repeat(file.oid.length / 2) }]),
    make.push('a parent that is nowhere', [file, good], { parents: [absent] }),
    make.push('a parent that is a tree', [file, good], { parents: [good.oid] }),
    make.push('a tree that is a commit', [], { parents: [tip], tree: tip }),
    make.push('two authors', [file, good], { parents: [tip], author: `author ${WHO}\n`.repeat(2) }),
    make.push('a zero in a message', [file, good], { parents: [tip], message: Buffer.from('a\0b\n') }),
    make.push('no author', [file, good], { parents: [tip], author: '' }),
    { ...make.tag('a tag of what is nowhere', absent, 'commit'), ref: 'tags/nowhere' },
    { ...make.tag('a tag of another type', tip, 'tree'), ref: 'tags/type' },
    raw(
      'a broken stream',
      entry('blob', text, { deflated: Buffer.from(bytes.map((b, i) => (i === 4 ? ~b : b))) }),
    ),
    raw('a stream that ends early', entry('blob', text, { deflated: bytes.subarray(0, -4) })),
    raw(
      'a stream with a wrong checksum',
      entry('blob', text, { deflated: Buffer.concat([bytes.subarray(0, -4), Buffer.alloc(4, 7)]) }),
    ),
    raw('less than the header says', entry('blob', text, { bytes: 20 })),
    raw('more than the header says', entry('blob', text, { bytes: 5 })),
    raw(
      'bytes between two objects',
      entry('blob', text, { deflated: Buffer.concat([deflateSync(text), text]) }),
    ),
    raw('an object twice', base.entry, base.entry),
    raw('a delta of what is nowhere', refDelta(absent, appendingDelta(10, text))),
    raw('a delta of itself', offsetDelta(0, appendingDelta(10, text))),
    raw('a delta from before the pack', offsetDelta(100_000, appendingDelta(10, text))),
    raw('a delta of the middle of an object', base.entry, offsetDelta(3, appendingDelta(10, text))),
    raw('a delta of another size', base.entry, refDelta(base.oid, appendingDelta(11, text))),
    raw(
      'a delta past its base',
      base.entry,
      refDelta(base.oid, copyingDelta({ baseBytes: 10, copyBytes: 11, times: 1 })),
    ),
    raw('an empty delta', base.entry, refDelta(base.oid, Buffer.alloc(0))),
    raw('a delta without instructions', base.entry, refDelta(base.oid, Buffer.from([10, 0]))),
    raw(
      'a delta that ends in an instruction',
      base.entry,
      refDelta(base.oid, Buffer.from([10, 20, 0xb0, 10])),
    ),
    raw(
      'a delta with the instruction of the future',
      base.entry,
      refDelta(base.oid, Buffer.from([10, 1, 0, 0])),
    ),
    raw('sixteen mebibytes of zeros', zeros('blob', 16)),
  ]
  return pushes.map((push) => ({ ...push, by: 'left' }))
}

interface CommitParts {
  readonly parents: readonly string[]
  readonly tree?: string
  readonly author?: string
  /** Further lines of the header. */
  readonly more?: string
  readonly message?: Buffer
  /** The commit itself is in the pack. */
  readonly sent?: boolean
}

/** Objects and pushes of one format. */
class Maker {
  readonly #format: ObjectFormat

  constructor(format: ObjectFormat) {
    this.#format = format
  }

  blob(content: Buffer | string): MadeObject {
    return object('blob', content, this.#format)
  }

  tree(entries: readonly TreeEntry[]): MadeObject {
    return tree(entries, this.#format)
  }

  /** These objects, and a commit of the last of them. */
  push(name: string, objects: readonly MadeObject[], parts: CommitParts): CorpusPush {
    const tip = this.#commit(parts.tree ?? (objects.at(-1) as MadeObject).oid, parts)
    const sent = parts.sent === false ? objects : [...objects, tip]
    return { name, tip: tip.oid, pack: this.#pack(sent.map(({ entry }) => entry)), by: 'taken' }
  }

  tag(name: string, target: string, type: string): CorpusPush {
    const text = `object ${target}\ntype ${type}\ntag x\ntagger ${WHO}\n\n${name}\n`
    const { oid, entry } = object('tag', text, this.#format)
    return { name, tip: oid, pack: this.#pack([entry]), by: 'taken' }
  }

  /** Entries that make a blob of ten bytes and others; the last one is in the tree of the tip. */
  deltas(
    name: string,
    parent: string,
    make: (base: MadeObject) => { entries: readonly PackEntry[]; made: string },
  ): CorpusPush {
    const { entries, made } = make(this.blob('0123456789'))
    const root = this.tree([{ name: 'made', oid: this.blob(made).oid }])
    const tip = this.#commit(root.oid, { parents: [parent] })
    return { name, tip: tip.oid, pack: this.#pack([...entries, root.entry, tip.entry]), by: 'taken' }
  }

  /** Any entries, and a good commit behind them. */
  around(name: string, parent: string, entries: readonly PackEntry[]): CorpusPush {
    const file = this.blob(`${name}\n`)
    const root = this.tree([{ name: 'a', oid: file.oid }])
    const tip = this.#commit(root.oid, { parents: [parent] })
    const pack = this.#pack([...entries, file.entry, root.entry, tip.entry])
    return { name, tip: tip.oid, pack, by: 'taken' }
  }

  chain(name: string, commits: number, parent: string): CorpusPush {
    const entries: PackEntry[] = []
    let tip = parent
    for (let i = 0; i < commits; i++) {
      const file = this.blob(`${name}: ${i}\n`)
      const root = this.tree([{ name: 'chain', oid: file.oid }])
      const commit = this.#commit(root.oid, { parents: [tip] })
      entries.push(commit.entry, root.entry, file.entry)
      tip = commit.oid
    }
    return { name, tip, pack: this.#pack(entries), by: 'taken' }
  }

  padded(name: string, count: number, parent: string): CorpusPush {
    const files = Array.from({ length: count }, (_, i) => this.blob(`${i}\n`).entry)
    return this.around(name, parent, files)
  }

  trailing(name: string, parent: string): CorpusPush {
    const push = this.around(name, parent, [])
    return { ...push, pack: Buffer.concat([push.pack, Buffer.from('more')]) }
  }

  #commit(treeOid: string, { parents, author = `author ${WHO}\n`, more = '', message }: CommitParts) {
    const header = [`tree ${treeOid}\n`, ...parents.map((oid) => `parent ${oid}\n`), author]
    const text = Buffer.from(`${header.join('')}committer ${WHO}\n${more}\n`)
    return object('commit', Buffer.concat([text, message ?? Buffer.from('by hand\n')]), this.#format)
  }

  #pack(entries: readonly PackEntry[]): Buffer {
    return makePack(entries, this.#format)
  }
}
