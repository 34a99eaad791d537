/** Pairs of commits in a repository that have changed one base in random ways, for what is compared with git's merges. */
import type { Oid } from '../../src/kernel/ids.ts'
import { Dice } from './dice.ts'
import { History, type MergeBench } from './merge-bench.ts'
import { filesOf, RandomChanges } from './random-changes.ts'

export interface RandomMerge {
  readonly base: Oid
  readonly ours: Oid
  readonly theirs: Oid
}

/** @param wanted `bases`: how many trees the pairs begin at */
export async function randomMerges(
  { repo }: Pick<MergeBench, 'repo'>,
  wanted: { readonly seed: number; readonly pairs: number; readonly bases: number },
): Promise<readonly RandomMerge[]> {
  const dice = new Dice(wanted.seed)
  const changes = new RandomChanges(dice)
  const history = new History()
  const bases = Array.from({ length: wanted.bases }, () => {
    const tree = changes.tree()
    return { tree, number: history.add({ files: filesOf(tree) }) }
  })
  const numbers = Array.from({ length: wanted.pairs }, () => {
    const { tree, number } = dice.pick(bases)
    const side = () => {
      const files = filesOf(changes.change(tree, 1 + dice.below(3)))
      return history.add({ files, parents: [number] })
    }
    return { base: number, ours: side(), theirs: side() }
  })
  const oids = await history.import(repo.path)
  const at = (number: number) => oids[number] as Oid
  return numbers.map(({ base, ours, theirs }) => ({ base: at(base), ours: at(ours), theirs: at(theirs) }))
}
