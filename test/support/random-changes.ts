/** Random trees of files, and random changes to them of every kind that a merge must cope with. */
import type { Files, Version } from './merge-bench.ts'
import type { Dice } from './dice.ts'

export type Tree = ReadonlyMap<string, Version>

const DIRECTORIES = ['', '', 'src/', 'src/', 'src/lib/', 'docs/', 'a/b/']
const NAMES = ['one', 'two', 'three', 'four', 'x.txt', 'y.txt', 'notes']
const LINES = 14

/** The kinds of change; each is a method below. */
const CHANGES = [
  'edit', 'edit', 'edit', 'edit', 'edit', 'rewrite', 'remove', 'rename', 'rename', 'renameAndEdit', 'add', 'add',
  'chmod', 'symlink', 'submodule', 'binary', 'directoryRename', 'fileToDirectory', 'markers', 'empty',
] as const // prettier-ignore

export class RandomChanges {
  readonly #dice: Dice

  constructor(dice: Dice) {
    this.#dice = dice
  }

  tree(): Tree {
    const tree = new Map<string, Version>()
    const count = 5 + this.#dice.below(8)
    for (let i = 0; i < count; i++) this.#put(tree, this.#path(), plain(this.#text()))
    if (this.#dice.below(3) === 0) this.#put(tree, 'blob.bin', plain(this.#bytes()))
    if (this.#dice.below(4) === 0) this.#put(tree, 'module', { mode: '160000', content: this.#oid() })
    if (this.#dice.below(6) === 0) this.#put(tree, '.gitattributes', plain('*.txt merge=union\n'))
    if (this.#dice.below(8) === 0) this.#put(tree, 'src/.gitattributes', plain('one binary\ntwo -merge\n'))
    return tree
  }

  /** @returns another tree; the same files where the dice want an empty change */
  change(before: Tree, times = 1): Tree {
    const tree = new Map(before)
    for (let i = 0; i < times; i++) this[`_${this.#dice.pick(CHANGES)}`](tree)
    return tree
  }

  _edit(tree: Map<string, Version>): void {
    this.#update(tree, (content) => {
      const lines = content.toString().split('\n')
      lines[this.#dice.below(lines.length)] = `edited ${this.#dice.below(4)}`
      return lines.join('\n')
    })
  }

  _rewrite(tree: Map<string, Version>): void {
    this.#update(tree, () => this.#text())
  }

  _markers(tree: Map<string, Version>): void {
    this.#update(tree, (content) => `${content.toString()}<<<<<<< ours\n=======\n>>>>>>> theirs\n`)
  }

  _remove(tree: Map<string, Version>): void {
    tree.delete(this.#any(tree))
  }

  _rename(tree: Map<string, Version>): void {
    const path = this.#any(tree)
    const version = tree.get(path)
    if (version === undefined) return
    tree.delete(path)
    this.#put(tree, this.#path(), version)
  }

  _renameAndEdit(tree: Map<string, Version>): void {
    this._edit(tree)
    this._rename(tree)
  }

  _directoryRename(tree: Map<string, Version>): void {
    const from = this.#dice.pick(DIRECTORIES)
    if (from === '') return
    const to = this.#dice.pick(['moved/', 'src/moved/', 'docs/'])
    for (const [path, version] of [...tree]) {
      if (!path.startsWith(from) || path.startsWith(to)) continue
      tree.delete(path)
      this.#put(tree, to + path.slice(from.length), version)
    }
  }

  _fileToDirectory(tree: Map<string, Version>): void {
    const path = this.#any(tree)
    tree.delete(path)
    this.#put(tree, `${path}/inside`, plain(this.#text()))
  }

  _add(tree: Map<string, Version>): void {
    this.#put(tree, this.#path(), plain(this.#text()))
  }

  _chmod(tree: Map<string, Version>): void {
    const path = this.#any(tree)
    const version = tree.get(path)
    if (version?.mode === '100644') tree.set(path, { ...version, mode: '100755' })
    else if (version?.mode === '100755') tree.set(path, { ...version, mode: '100644' })
  }

  _symlink(tree: Map<string, Version>): void {
    const path = this.#dice.below(2) === 0 ? this.#any(tree) : this.#path()
    this.#put(tree, path, { mode: '120000', content: this.#dice.pick(['one', 'two', '../x']) })
  }

  _submodule(tree: Map<string, Version>): void {
    this.#put(tree, this.#dice.pick(['module', 'src/one']), { mode: '160000', content: this.#oid() })
  }

  _binary(tree: Map<string, Version>): void {
    this.#put(tree, this.#dice.pick(['blob.bin', 'src/two']), plain(this.#bytes()))
  }

  _empty(): void {}

  #update(tree: Map<string, Version>, by: (content: string | Buffer) => string): void {
    const path = this.#any(tree)
    const version = tree.get(path)
    if (version?.mode.startsWith('100') && !path.endsWith('.gitattributes'))
      tree.set(path, { ...version, content: by(version.content) })
  }

  /** Nothing above it stays a file, and nothing below it a file of its own. */
  #put(tree: Map<string, Version>, path: string, version: Version): void {
    for (const other of [...tree.keys()])
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) tree.delete(other)
    tree.set(path, version)
  }

  #any(tree: Tree): string {
    const paths = [...tree.keys()]
    return paths.length === 0 ? this.#path() : this.#dice.pick(paths)
  }

  #path(): string {
    return this.#dice.pick(DIRECTORIES) + this.#dice.pick(NAMES)
  }

  /** Texts of one kind are alike enough to be taken for renames of one another, some of the time. */
  #text(): string {
    const kind = this.#dice.below(5)
    return Array.from({ length: LINES }, (_, i) =>
      this.#dice.below(6) === 0 ? `other ${this.#dice.below(50)}` : `kind ${kind} line ${i}`,
    ).join('\n')
  }

  #bytes(): Buffer {
    return Buffer.from([0, 255, this.#dice.below(256), ...Buffer.from(this.#text())])
  }

  #oid(): string {
    return String(this.#dice.below(5)).repeat(40).replace(/^0/, 'a')
  }
}

export function filesOf(tree: Tree): Files {
  return Object.fromEntries(tree)
}

function plain(content: string | Buffer): Version {
  return { mode: '100644', content }
}
