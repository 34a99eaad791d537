import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { History, mergeBench, type Files, type MergeBench } from '../../../test/support/merge-bench.ts'
import { longestTurnMs } from '../../../test/support/longest-turn.ts'
import type { Oid } from '../../kernel/ids.ts'
import { conflictsOf, type Conflicts } from './conflicts.ts'
import { Mergeability } from './mergeability.ts'

const LINES = Array.from({ length: 20 }, (_, i) => `line ${i}`)
const TEXT = LINES.join('\n') + '\n'
const withLine = (at: number, text: string) => LINES.with(at, text).join('\n') + '\n'
const OTHER = LINES.map((line) => `other ${line}`).join('\n') + '\n'
const bytes = (last: number) => Buffer.from([0, 1, 2, 255, last])
const module = (digit: string) => ({ mode: '160000', content: digit.repeat(40) }) as const
const link = (to: string) => ({ mode: '120000', content: to }) as const

let bench: MergeBench
beforeAll(async () => {
  bench = await mergeBench()
})
afterAll(() => bench[Symbol.asyncDispose]())

async function sides(base: Files, target: Files, source: Files): Promise<[Oid, Oid]> {
  const history = new History()
  const at = history.add({ files: base })
  const ends = [target, source].map((files) => history.add({ files, parents: [at] }))
  const oids = await history.import(bench.repo.path)
  return ends.map((end) => oids[end]) as [Oid, Oid]
}

async function conflicts(base: Files, target: Files, source: Files, opts = { content: true }) {
  const [ours, theirs] = await sides(base, target, source)
  const { mergeability } = await new Mergeability(bench.parts).of(bench.repo, ours, theirs)
  const { conflicts: found } = await conflictsOf(bench.parts, bench.repo, ours, theirs, opts)
  expect(mergeability).toBe(found.length === 0 ? 'clean' : 'conflicting')
  return found
}

describe('no conflict', () => {
  test.each<[string, Files, Files, Files]>([
    [
      'both sides touch one file in different places',
      { f: TEXT },
      { f: withLine(1, 'x') },
      { f: withLine(18, 'y') },
    ],
    [
      'a file merely contains conflict markers',
      { f: TEXT },
      { f: `${TEXT}<<<<<<< a\n=======\n>>>>>>> b\n` },
      { f: TEXT, g: '1' },
    ],
    ['one side renames what the other edits', { f: TEXT }, { 'd/new': TEXT }, { f: withLine(5, 'y') }],
    ['both sides make the same change', { f: TEXT }, { f: withLine(5, 'y') }, { f: withLine(5, 'y') }],
    ['one side moves a submodule', { s: module('a') }, { s: module('a'), f: '1' }, { s: module('b') }],
    [
      'one side makes a file executable and the other edits it',
      { f: TEXT },
      { f: { mode: '100755', content: TEXT } },
      { f: withLine(5, 'y') },
    ],
  ])('where %s', async (_what, base, target, source) => {
    expect(await conflicts(base, target, source)).toEqual([])
  })
})

describe('a conflict has its path and its kind', () => {
  test.each<[string, string, Files, Files, Files]>([
    ['content', 'f', { f: TEXT }, { f: withLine(5, 'x') }, { f: withLine(5, 'y') }],
    ['add/add', 'f', { g: '1' }, { g: '1', f: TEXT }, { g: '1', f: OTHER }],
    ['modify/delete', 'f', { f: TEXT, g: '1' }, { g: '1' }, { f: withLine(5, 'y'), g: '1' }],
    ['rename/delete', 'new', { f: TEXT }, { new: TEXT }, { g: OTHER }],
    ['rename/rename', 'f', { f: TEXT }, { left: TEXT }, { right: TEXT }],
    ['binary', 'f', { f: bytes(3) }, { f: bytes(4) }, { f: bytes(5) }],
    ['submodule', 's', { s: module('a') }, { s: module('b') }, { s: module('c') }],
    ['file/directory', 'f', { g: '1' }, { g: '1', 'f/inside': TEXT }, { g: '1', f: OTHER }],
    ['mode', 'f', { g: '1' }, { g: '1', f: link('g') }, { g: '1', f: OTHER }],
    [
      'directory rename suggested',
      'new/three',
      { 'd/one': TEXT, 'd/two': OTHER },
      { 'new/one': TEXT, 'new/two': OTHER },
      { 'd/one': TEXT, 'd/two': OTHER, 'd/three': 'x\n' },
    ],
  ])('%s at %s', async (kind, path, base, target, source) => {
    const found = await conflicts(base, target, source)
    expect(found.map((conflict) => [conflict.path, conflict.kind])).toEqual([[path, kind]])
  })
})

test('each side of a text has its content, and the merged one its markers', async () => {
  const [conflict] = await conflicts({ f: TEXT }, { f: withLine(5, 'x') }, { f: withLine(5, 'y') })
  const side = { mode: '100644', encoding: 'utf-8' }
  expect(conflict).toMatchObject({
    base: { ...side, content: TEXT },
    ours: { ...side, content: withLine(5, 'x') },
    theirs: { ...side, content: withLine(5, 'y') },
    merged: { ...side, content: expect.stringMatching(/<<<<<<< \w+\nx\n=======\ny\n>>>>>>> \w+\n/) },
  })
  expect(conflict?.ours?.sha).toMatch(/^[0-9a-f]{40}$/)
})

test('bytes that are no text are base64, and what git leaves is ours', async () => {
  const [conflict] = await conflicts({ f: bytes(3) }, { f: bytes(4) }, { f: bytes(5) })
  expect(conflict?.theirs).toMatchObject({ content: bytes(5).toString('base64'), encoding: 'base64' })
  expect(conflict?.merged).toEqual(conflict?.ours)
})

test('a side that has deleted the file is null', async () => {
  const [conflict] = await conflicts({ f: TEXT, g: '1' }, { g: '1' }, { f: withLine(5, 'y'), g: '1' })
  expect(conflict).toMatchObject({
    base: { content: TEXT },
    ours: null,
    theirs: { content: withLine(5, 'y') },
  })
})

test('a file renamed to two names says both', async () => {
  const [conflict] = await conflicts({ f: TEXT }, { left: TEXT }, { right: withLine(5, 'y') })
  expect(conflict).toMatchObject({
    path: 'f',
    ours: { path: 'left' },
    theirs: { path: 'right' },
    merged: null,
  })
})

test('what git puts aside keeps its name: no id of ours is in it', async () => {
  const found = await conflicts({ g: '1' }, { g: '1', 'f/inside': TEXT }, { g: '1', f: OTHER })
  expect(found).toEqual([
    {
      path: 'f',
      kind: 'file/directory',
      base: null,
      ours: null,
      theirs: expect.objectContaining({ content: OTHER }),
      merged: expect.objectContaining({ content: OTHER }),
    },
  ])
  expect(JSON.stringify(found)).not.toContain('~')
})

test('content is left out where nobody asks for it, and where it is larger than 64 KiB', async () => {
  const big = (line: string) => `${line}\n${'x'.repeat(64 * 1024)}\n`
  const trees = [{ f: big('1') }, { f: big('2') }, { f: big('3') }] as const
  for (const conflict of await conflicts(...trees, { content: false }))
    expect(Object.keys(conflict.ours ?? {})).toEqual(['sha', 'mode'])
  const [conflict] = await conflicts(...trees)
  for (const side of [conflict?.base, conflict?.ours, conflict?.theirs, conflict?.merged]) {
    expect(side).toMatchObject({ truncated: true })
    expect(side).not.toHaveProperty('content')
  }
})

test('a hundred conflicts start no more processes than one', async () => {
  const files = (line: string) =>
    Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, withLine(5, `${line} ${i}`)]))
  const [ours, theirs] = await sides(files('base'), files('ours'), files('theirs'))
  const started = bench.store.launcher.started
  const { conflicts: found } = await conflictsOf(bench.parts, bench.repo, ours, theirs, { content: true })
  expect(found).toHaveLength(100)
  expect(found.every(({ merged }) => merged?.content?.includes('<<<<<<<'))).toBe(true)
  expect(bench.store.launcher.started - started).toBeLessThanOrEqual(5)
})

test('all contents together have a bound too', async () => {
  const big = 'y'.repeat(60 * 1024)
  const files = (line: string) =>
    Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, `${line} ${i}\n${big}`]))
  const found = await conflicts(files('base'), files('ours'), files('theirs'))
  const length = found.flatMap(({ base, ours, theirs }) => [base, ours, theirs])
  const total = length.reduce((sum, side) => sum + (side?.content?.length ?? 0), 0)
  expect(total).toBeLessThanOrEqual(8 * 1024 * 1024)
  expect(found.at(-1)?.ours?.truncated).toBe(true)
})

test('of thousands of renames a thousand are told, and the contents of the first', async () => {
  const files = (directory: string) =>
    Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [`${directory}f${i}`, `${i}\n`]))
  const [ours, theirs] = await sides(files(''), files('ours-'), files('theirs-'))
  let found: Conflicts = { conflicts: [], isTruncated: false }
  const heldMs = await longestTurnMs(async () => {
    found = await conflictsOf(bench.parts, bench.repo, ours, theirs, { content: true })
  })
  expect([found.conflicts.length, found.isTruncated]).toEqual([1_000, true])
  expect(found.conflicts.findIndex(({ ours }) => ours?.content === undefined)).toBe(300)
  expect(found.conflicts.at(-1)).toMatchObject({ kind: 'rename/rename', theirs: { truncated: true } })
  expect(heldMs).toBeLessThan(150)
  const bare = await conflictsOf(bench.parts, bench.repo, ours, theirs, { content: false })
  expect(bare.isTruncated).toBe(true)
  expect(JSON.stringify(bare)).not.toContain('"truncated"')
})

test('unrelated histories are one conflict without a path', async () => {
  const history = new History()
  const one = history.add({ files: { f: '1' } })
  const two = history.add({ files: { g: '1' } })
  const oids = (await history.import(bench.repo.path)) as Oid[]
  const { conflicts: found } = await conflictsOf(bench.parts, bench.repo, oids[one]!, oids[two]!, {
    content: true,
  })
  expect(found).toEqual([
    { path: '', kind: 'unrelated histories', base: null, ours: null, theirs: null, merged: null },
  ])
  const answer = await new Mergeability(bench.parts).of(bench.repo, oids[one]!, oids[two]!)
  expect(answer).toMatchObject({ mergeability: 'conflicting', mergeBase: null })
})
