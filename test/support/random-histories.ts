/** Random pairs of branches: with merges of each other, cherry-picks, reverts, empty commits, old clocks. */
import type { Oid } from '../../src/kernel/ids.ts'
import type { Dice } from './dice.ts'
import { History, type Version } from './merge-bench.ts'
import { filesOf, RandomChanges, type Tree } from './random-changes.ts'

export interface Ends {
  readonly target: Oid
  readonly source: Oid
}

interface Commit {
  readonly number: number
  readonly tree: Tree
}

const AUTHORS = ['Ada <ada@example.org>', 'Bär <baer@example.org>', 'Max <max@example.org>']
const MESSAGES = [
  'one line',
  'subject\n\nbody\n',
  'no end of line\n\n# not a comment\n\n\nbody after two lines  \n\n',
  'ünïcode\n\nSigned-off-by: Ada <ada@example.org>\n',
  '  led by spaces\n',
]

export async function randomHistories(dice: Dice, count: number, repoPath: string): Promise<readonly Ends[]> {
  const history = new History()
  const ends = Array.from({ length: count }, () => new RandomPair(dice, history).grow())
  const oids = await history.import(repoPath)
  return ends.map(({ target, source }) => ({
    target: oids[target.number] as Oid,
    source: oids[source.number] as Oid,
  }))
}

class RandomPair {
  readonly #dice: Dice
  readonly #history: History
  readonly #changes: RandomChanges

  constructor(dice: Dice, history: History) {
    this.#dice = dice
    this.#history = history
    this.#changes = new RandomChanges(dice)
  }

  grow(): { target: Commit; source: Commit } {
    const base = this.#commit(this.#calm(this.#changes.tree()), [])
    const tip = this.#chain(base, this.#dice.below(4))
    const target = this.#dice.below(4) === 0 ? this.#commit(base.tree, [tip]) : tip // all taken back
    if (this.#dice.below(20) === 0) return { target: base, source: target }
    const from = this.#dice.below(8) === 0 ? target : base
    return { target, source: this.#source(from, base, target) }
  }

  #source(from: Commit, base: Commit, target: Commit): Commit {
    let source = from
    const copied = this.#dice.below(4) === 0 && from === base
    // the same change as on the other side, in a commit of its own
    if (copied && this.#next !== null) source = this.#commit(this.#next.tree, [base])
    source = this.#chain(source, this.#dice.below(4))
    if (this.#dice.below(5) === 0) source = this.#merge(source, target, base)
    if (this.#dice.below(12) === 0) {
      const root = this.#commit(this.#calm(this.#changes.tree()), [])
      source = this.#commit(source.tree, [source, root])
    }
    return this.#chain(source, 1 + this.#dice.below(2))
  }

  /** First commit on top of the base. */
  #next: Commit | null = null

  #chain(from: Commit, length: number): Commit {
    const trees = [from.tree]
    let tip = from
    for (let i = 0; i < length; i++) {
      const revert = this.#dice.below(8) === 0
      const tree = revert ? this.#dice.pick(trees) : this.#calm(this.#changes.change(tip.tree))
      tip = this.#commit(tree, [tip])
      trees.push(tree)
      this.#next ??= tip
    }
    return tip
  }

  /** What the source changed since the base, over the tree of the other. */
  #merge(source: Commit, other: Commit, base: Commit): Commit {
    const tree = new Map(other.tree)
    for (const [path, version] of source.tree)
      if (base.tree.get(path) !== version) this.#put(tree, path, version)
    return this.#commit(tree, [source, other])
  }

  #put(tree: Map<string, Version>, path: string, version: Version): void {
    for (const other of [...tree.keys()])
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) tree.delete(other)
    tree.set(path, version)
  }

  #commit(tree: Tree, parents: readonly Commit[]): Commit {
    const number = this.#history.add({
      files: filesOf(tree),
      parents: parents.map((parent) => parent.number),
      author: this.#dice.pick(AUTHORS),
      message: this.#dice.pick(MESSAGES),
      ...(this.#dice.below(6) === 0 ? { seconds: 1_600_000_000 + this.#dice.below(1_000_000) } : {}),
    })
    return { number, tree }
  }

  /** A rebase asks the attributes of its first base, stock git those of each step. */
  #calm(tree: Tree): Tree {
    return new Map([...tree].filter(([path]) => !path.endsWith('.gitattributes')))
  }
}
