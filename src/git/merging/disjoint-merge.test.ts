/** MERGE_SEED and MERGE_PAIRS repeat or lengthen a run. */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { History, mergeBench, type Files, type MergeBench } from '../../../test/support/merge-bench.ts'
import { randomMerges, type RandomMerge } from '../../../test/support/random-merges.ts'
import type { Oid } from '../../kernel/ids.ts'
import { entriesOf } from '../writing/tree-entries.ts'
import { mergeDisjoint, type DisjointMerge } from './disjoint-merge.ts'

const SEED = Number(process.env['MERGE_SEED'] ?? 20_261_121)
const PAIRS = Number(process.env['MERGE_PAIRS'] ?? 600)
const BASES = 30

let bench: MergeBench
beforeAll(async () => {
  bench = await mergeBench()
})
afterAll(() => bench[Symbol.asyncDispose]())

/** The tree that git makes of each pair; `null` for conflicts. @see git-merge-tree(1), INPUT FORMAT and OUTPUT */
function stockTrees(pairs: readonly RandomMerge[]): readonly (string | null)[] {
  const args = ['merge-tree', '--write-tree', '--stdin', '-z', '--name-only', '--no-messages']
  const input = pairs.map(({ ours, theirs }) => `${ours} ${theirs}\n`).join('')
  const fields = execFileSync('git', args, { cwd: bench.repo.path, input, maxBuffer: 1 << 28 })
    .toString()
    .split('\0')
  const trees: (string | null)[] = []
  for (let at = 0; at + 1 < fields.length; at = fields.indexOf('', at) + 1) {
    trees.push(fields[at] === '1' ? (fields[at + 1] ?? null) : null)
  }
  return trees
}

async function merged(commits: RandomMerge): Promise<DisjointMerge | null> {
  const { objects } = bench.parts
  const treeOf = async (oid: Oid) => (await objects.commit(bench.repo, oid))?.tree as Oid
  const [base, ours, theirs] = [
    await treeOf(commits.base),
    await treeOf(commits.ours),
    await treeOf(commits.theirs),
  ]
  const load = async (tree: Oid) => {
    const entries = await objects.tree(bench.repo, tree)
    return entries && entriesOf(entries)
  }
  return mergeDisjoint(load, bench.repo.objectFormat, { base, ours, theirs })
}

test('random trees: what is merged here is what git merges', { timeout: 60_000 + 50 * PAIRS }, async () => {
  const pairs = await randomMerges(bench, { seed: SEED, pairs: PAIRS, bases: BASES })
  const stock = stockTrees(pairs)
  expect(stock.length).toBe(PAIRS)
  const clean = stock.filter((tree) => tree !== null).length
  let here = 0
  for (const [i, pair] of pairs.entries()) {
    const mine = await merged(pair)
    if (mine === null) continue
    here++
    expect(mine.tree, `MERGE_SEED=${SEED} pair ${i} ${JSON.stringify(pair)}`).toBe(stock[i])
  }
  expect(here).toBeGreaterThan(clean / 3)
})

const BASE: Files = { 'a/one': '1', 'a/two': '2', 'b/three': '3', 'c/d/four': '4' }
const LINES = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n')

test.each<[does: string, ours: Files, theirs: Files]>([
  ['one side removes a file, the other changes its neighbour', without('a/one'), { ...BASE, 'a/two': '!' }],
  ['both sides empty a directory together', without('a/one'), without('a/two')],
  ['one side removes a directory, the other adds one', without('c/d/four'), { ...BASE, 'c2/d/four': '!' }],
  ['one side renames a directory', { ...without('b/three'), 'b2/three': '3' }, { ...BASE, 'a/one': '!' }],
  ['a file becomes a directory', { ...without('a/one'), 'a/one/in': '1' }, { ...BASE, 'a/two': '!' }],
])('where %s, no process is started', async (_does, ours, theirs) => {
  const { mine, stock, started } = await mergeOf(BASE, ours, theirs)
  expect(mine?.tree).toBe(stock)
  expect(stock).not.toBeNull()
  expect(started).toBeLessThanOrEqual(1) // the one that reads objects
})

test.each<[does: string, base: Files, ours: Files, theirs: Files]>([
  ['a file is renamed twice', BASE, { ...without('a/one'), x: '1' }, { ...without('a/one'), y: '1' }],
  [
    'a renamed file is changed',
    { f: LINES, g: '1' },
    { h: LINES, g: '1' },
    { f: LINES.replace('line 3', '!'), g: '1' },
  ],
  [
    'a renamed directory gets a file',
    BASE,
    { ...without('b/three'), 'b2/three': '3' },
    { ...BASE, 'b/new': '5' },
  ],
  ['a removed file is changed', BASE, without('a/one'), { ...BASE, 'a/one': '!' }],
])('where %s, git has to look', async (_does, base, ours, theirs) => {
  expect((await mergeOf(base, ours, theirs)).mine).toBeNull()
})

test('a directory of which nothing has changed on the other side is not read, however many there are', async () => {
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d${i}/f`, `${i}`]))
  const changed = Object.fromEntries(Object.keys(files).map((path) => [path, '!']))
  const { mine, stock } = await mergeOf(
    { ...files, 'e/f': '1' },
    { ...changed, 'e/f': '1' },
    { ...files, 'e/f': '2' },
  )
  expect(mine?.tree).toBe(stock)
  expect(mine?.written.length).toBe(1)
})

function without(path: string): Files {
  return Object.fromEntries(Object.entries(BASE).filter(([its]) => its !== path))
}

async function mergeOf(base: Files, ours: Files, theirs: Files) {
  const history = new History()
  const at = history.add({ files: base })
  const ends = [ours, theirs].map((files) => history.add({ files, parents: [at] }))
  const oids = await history.import(bench.repo.path)
  const [one, two] = ends.map((end) => oids[end] as Oid) as [Oid, Oid]
  const commits = { base: oids[at] as Oid, ours: one, theirs: two }
  const before = bench.store.launcher.started
  const mine = await merged(commits)
  const started = bench.store.launcher.started - before
  return { mine, stock: stockTrees([commits])[0] ?? null, started }
}
