import { expect, test } from 'vitest'
import { Dice } from '../../../test/support/dice.ts'
import { History, mergeBench } from '../../../test/support/merge-bench.ts'
import type { Oid } from '../../kernel/ids.ts'
import { mergeBases, relationBy } from './merge-bases.ts'

test(
  'random graphs with any clocks: the bases are those of git merge-base',
  { timeout: 60_000 },
  async () => {
    await using bench = await mergeBench()
    const seed = Number(process.env['MERGE_SEED'] ?? 7)
    const dice = new Dice(seed)
    const history = new History()
    const numbers: number[] = []
    for (let i = 0; i < 250; i++) {
      const recent = numbers.slice(-12)
      const count = i === 0 || dice.below(60) === 0 ? 0 : dice.below(4) === 0 ? 2 : 1
      const parents = new Set(Array.from({ length: count }, () => dice.pick(recent)))
      const seconds = dice.below(3) === 0 ? 1_000 + dice.below(2_000) : 1_000 + i * 10
      numbers.push(history.add({ files: {}, parents: [...parents], seconds }))
    }
    const oids = await history.import(bench.repo.path)
    const before = bench.store.launcher.started
    for (let i = 0; i < 250; i++) {
      const near = numbers.slice(dice.below(numbers.length - 20)).slice(0, 20)
      const [target, source] = [oids[dice.pick(near)] as Oid, oids[dice.pick(near)] as Oid]
      const found = await mergeBases(bench.parts, { repo: bench.repo, target, source })
      const expected = bench.tryGit('merge-base', '--all', target, source).split('\n')
      expect([...found].sort(), `MERGE_SEED=${seed}`).toEqual(expected.filter((line) => line !== '').sort())
    }
    expect(bench.store.launcher.started - before).toBeLessThan(125) // the others were walked
  },
)

test('of two branches a commit long nobody asks git', async () => {
  await using bench = await mergeBench()
  const history = new History()
  const base = history.add({ files: { f: '1' } })
  const target = history.add({ files: { f: '2' }, parents: [base] })
  const source = history.add({ files: { f: '3' }, parents: [base] })
  const other = history.add({ files: { f: '4' } })
  const oids = await history.import(bench.repo.path)
  const relation = async (a: number, b: number) => {
    const pair = { repo: bench.repo, target: oids[a] as Oid, source: oids[b] as Oid }
    return relationBy(pair, await mergeBases(bench.parts, pair))
  }
  expect(await relation(target, source)).toBe('diverged')
  const started = bench.store.launcher.started
  expect(await relation(target, base)).toBe('contained')
  expect(await relation(target, target)).toBe('contained')
  expect(await relation(base, source)).toBe('ahead')
  expect(await relation(target, other)).toBe('unrelated')
  expect(bench.store.launcher.started).toBe(started)
})

test('a branch of a thousand commits is left to git', async () => {
  await using bench = await mergeBench()
  const history = new History()
  const base = history.add({ files: {} })
  let tip = base
  for (let i = 0; i < 1_000; i++) tip = history.add({ files: {}, parents: [tip] })
  const oids = await history.import(bench.repo.path)
  const started = bench.store.launcher.started
  const pair = { repo: bench.repo, target: oids[base] as Oid, source: oids[tip] as Oid }
  expect(await mergeBases(bench.parts, pair)).toEqual([oids[base]])
  expect(bench.store.launcher.started - started).toBe(2) // one of them reads objects
})
