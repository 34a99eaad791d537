import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { History, mergeBench, type Files, type MergeBench } from '../../../test/support/merge-bench.ts'
import type { Oid } from '../../kernel/ids.ts'
import { incomingDirectory } from '../quarantine/incoming.ts'
import { makeMerge, type MergeOutcome, type Strategy } from './merge.ts'
import { Mergeability } from './mergeability.ts'

const LINES = Array.from({ length: 20 }, (_, i) => `line ${i}`)
const TEXT = LINES.join('\n') + '\n'
const withLine = (at: number, text: string) => LINES.with(at, text).join('\n') + '\n'
const MAX = { name: 'Max Ünal', email: 'max@example.org' }

describe.each(['sha1', 'sha256'] as const)('in a %s repository', (format) => {
  let bench: MergeBench
  beforeAll(async () => {
    bench = await mergeBench(format)
  })
  afterAll(() => bench[Symbol.asyncDispose]())

  async function merge(strategy: Strategy, target: Oid, source: Oid): Promise<MergeOutcome> {
    await using quarantine = bench.store.store.openQuarantine(bench.repo)
    const outcome = await makeMerge(bench.parts, quarantine, {
      repo: bench.repo,
      target,
      source,
      strategy,
      message: 'land it',
      committer: MAX,
      seconds: 1_800_000_000,
    })
    if (outcome.kind === 'made') await quarantine.migrate()
    return outcome
  }

  /** Two sides of a base, each with a tree of its own. */
  async function sides(base: Files, target: Files, source: Files): Promise<[Oid, Oid]> {
    const history = new History()
    const at = history.add({ files: base })
    const ends = [target, source].map((files) => history.add({ files, parents: [at] }))
    const oids = await history.import(bench.repo.path)
    return ends.map((end) => oids[end]) as [Oid, Oid]
  }

  async function made(strategy: Strategy, target: Oid, source: Oid): Promise<Oid> {
    const outcome = await merge(strategy, target, source)
    if (outcome.kind !== 'made') throw new Error(`${strategy}: ${outcome.kind}`)
    return outcome.oid
  }

  test('a merge commit has both parents, and whoever acts as its author and committer', async () => {
    const [target, source] = await sides({ f: TEXT }, { f: TEXT, g: 'g' }, { f: TEXT, h: 'h' })
    const oid = await made('merge', target, source)
    expect(bench.git('cat-file', 'commit', oid)).toBe(
      [
        `tree ${bench.git('rev-parse', `${oid}^{tree}`)}`,
        `parent ${target}`,
        `parent ${source}`,
        'author Max Ünal <max@example.org> 1800000000 +0000',
        'committer Max Ünal <max@example.org> 1800000000 +0000',
        '',
        'land it',
      ].join('\n'),
    )
    expect(bench.git('ls-tree', '--name-only', oid)).toBe('f\ng\nh')
    expect(bench.git('fsck', '--strict', oid)).toBe('')
  })

  test('a merge of what is ahead is a merge commit all the same', async () => {
    const history = new History()
    const target = history.add({ files: { f: '1' } })
    const source = history.add({ files: { f: '2' }, parents: [target] })
    const oids = await history.import(bench.repo.path)
    const oid = await made('merge', oids[target] as Oid, oids[source] as Oid)
    expect(bench.git('log', '-1', '--format=%P', oid)).toBe(`${oids[target]} ${oids[source]}`)
    expect(await merge('fast_forward', oids[target] as Oid, oids[source] as Oid)).toEqual({
      kind: 'made',
      oid: oids[source],
    })
  })

  test.each(['merge', 'squash', 'rebase', 'fast_forward'] as const)(
    '%s of what the target has already, or of a stranger, makes nothing',
    async (strategy) => {
      const history = new History()
      const source = history.add({ files: { f: '1' } })
      const target = history.add({ files: { f: '2' }, parents: [source] })
      const stranger = history.add({ files: { g: '1' } })
      const oids = (await history.import(bench.repo.path)) as Oid[]
      expect(await merge(strategy, oids[target]!, oids[source]!)).toEqual({ kind: 'contained' })
      expect(await merge(strategy, oids[target]!, oids[target]!)).toEqual({ kind: 'contained' })
      expect(await merge(strategy, oids[target]!, oids[stranger]!)).toEqual({ kind: 'unrelated' })
    },
  )

  test('a squash is one commit that names the other authors once', async () => {
    const history = new History()
    const target = history.add({ files: { f: '1' } })
    const by = (author: string, files: Files, parent: number) =>
      history.add({ files, parents: [parent], author })
    const one = by('Ada <ada@example.org>', { f: '1', a: '1' }, target)
    const two = by('Max Ünal <max@example.org>', { f: '1', a: '2' }, one)
    const three = by('Bär <baer@example.org>', { f: '1', a: '3' }, two)
    const four = by('Ada <ada@example.org>', { f: '1', a: '4' }, three)
    const oids = (await history.import(bench.repo.path)) as Oid[]
    const oid = await made('squash', oids[target]!, oids[four]!)
    expect(bench.git('log', '-1', '--format=%P', oid)).toBe(oids[target])
    expect(bench.git('log', '-1', '--format=%an|%cn|%B', oid)).toBe(
      'Max Ünal|Max Ünal|land it\n\nCo-authored-by: Ada <ada@example.org>\nCo-authored-by: Bär <baer@example.org>',
    )
  })

  test('a squash or a rebase of what the target has got otherwise is nothing', async () => {
    const [target, source] = await sides({ f: '1\n' }, { f: '2\n' }, { f: '2\n' })
    expect(await merge('squash', target, source)).toEqual({ kind: 'nothing' })
    expect(await merge('rebase', target, source)).toEqual({ kind: 'nothing' })
    expect((await merge('merge', target, source)).kind).toBe('made')
  })

  test('a rebased commit keeps its bytes but for tree, parents and committer', async () => {
    const [target, source] = await sides({ f: TEXT }, { f: TEXT, g: 'g' }, { f: withLine(3, 'x') })
    const parent = bench.git('rev-parse', `${source}^`)
    const tree = bench.git('rev-parse', `${source}^{tree}`)
    const message = Buffer.from('caf\xe9\n\nno line feed', 'latin1')
    const commit = Buffer.concat([
      Buffer.from(
        `tree ${tree}\nparent ${parent}\nauthor Ren\xe9 <rene@example.org> 1600000000 +0530\n`,
        'latin1',
      ),
      Buffer.from(
        'committer Eve <eve@example.org> 1600000001 +0000\nencoding ISO-8859-1\ngpgsig -----BEGIN\n  x\n\n',
      ),
      message,
    ])
    const odd = bench.writeCommit(commit)
    const oid = await made('rebase', target, odd)
    const raw = bench.gitBytes('cat-file', 'commit', oid).toString('latin1')
    expect(raw.split('\n').slice(1)).toEqual([
      `parent ${target}`,
      'author Ren\xe9 <rene@example.org> 1600000000 +0530',
      `committer ${Buffer.from('Max Ünal').toString('latin1')} <max@example.org> 1800000000 +0000`,
      'encoding ISO-8859-1',
      '',
      'caf\xe9',
      '',
      'no line feed',
    ])
  })

  test('a rebase says at which commit it stopped', async () => {
    const history = new History()
    const base = history.add({ files: { f: TEXT } })
    const target = history.add({ files: { f: withLine(4, 'ours') }, parents: [base] })
    const one = history.add({ files: { f: TEXT, g: 'g' }, parents: [base] })
    const two = history.add({ files: { f: withLine(4, 'theirs'), g: 'g' }, parents: [one] })
    const three = history.add({ files: { f: withLine(4, 'ours'), g: 'g' }, parents: [two] })
    const oids = (await history.import(bench.repo.path)) as Oid[]
    expect(await merge('rebase', oids[target]!, oids[three]!)).toEqual({ kind: 'conflicts', at: oids[two] })
    expect((await merge('merge', oids[target]!, oids[three]!)).kind).toBe('made')
  })

  test('a commit that the target has under another id is left out, even where the target took it back', async () => {
    const history = new History()
    const base = history.add({ files: { f: TEXT } })
    const copy = history.add({ files: { f: withLine(4, 'x') }, parents: [base], message: 'copy' })
    const target = history.add({ files: { f: TEXT }, parents: [copy] })
    const one = history.add({ files: { f: withLine(4, 'x') }, parents: [base], message: 'original' })
    const two = history.add({ files: { f: withLine(4, 'x'), g: 'g' }, parents: [one] })
    const oids = (await history.import(bench.repo.path)) as Oid[]
    const oid = await made('rebase', oids[target]!, oids[two]!)
    expect(bench.git('show', `${oid}:f`)).toBe(TEXT.trimEnd())
    expect(bench.git('rev-list', '--count', `${oids[target]}..${oid}`)).toBe('1')
  })

  test('a root commit that was merged into the source is carried over as well', async () => {
    const history = new History()
    const base = history.add({ files: { f: '1' } })
    const target = history.add({ files: { f: '1', g: '1' }, parents: [base] })
    const root = history.add({ files: { other: '1' } })
    const own = history.add({ files: { f: '1', h: '1' }, parents: [base] })
    const source = history.add({ files: { f: '1', h: '1', other: '1' }, parents: [own, root] })
    const oids = (await history.import(bench.repo.path)) as Oid[]
    const oid = await made('rebase', oids[target]!, oids[source]!)
    expect(bench.git('ls-tree', '--name-only', oid)).toBe('f\ng\nh\nother')
    expect(bench.git('rev-list', '--count', `${oids[target]}..${oid}`)).toBe('2')
  })

  test('more commits than a rebase takes are refused, and not offered', { timeout: 60_000 }, async () => {
    const history = new History()
    const target = history.add({ files: { f: '0' } })
    let source = target
    for (let i = 0; i < 501; i++) source = history.add({ files: { f: `${i}` }, parents: [source] })
    const oids = (await history.import(bench.repo.path)) as Oid[]
    expect(await merge('rebase', oids[target]!, oids[source]!)).toEqual({
      kind: 'too-many-commits',
      limit: 500,
    })
    const { strategies } = await new Mergeability(bench.parts).of(bench.repo, oids[target]!, oids[source]!)
    expect(strategies).toEqual({ merge: true, squash: true, rebase: false, fast_forward: true })
  })

  test('of a criss-cross the merge of its bases counts, as git has it', async () => {
    const history = new History()
    const base = history.add({ files: { f: TEXT } })
    const a = history.add({ files: { f: withLine(2, 'a') }, parents: [base] })
    const b = history.add({ files: { f: withLine(17, 'b') }, parents: [base] })
    const both = LINES.with(2, 'a').with(17, 'b')
    const ab = history.add({ files: { f: both.join('\n') + '\n' }, parents: [a, b] })
    const ba = history.add({ files: { f: both.join('\n') + '\n' }, parents: [b, a] })
    const target = history.add({ files: { f: both.with(2, 'a again').join('\n') + '\n' }, parents: [ab] })
    const source = history.add({ files: { f: both.with(17, 'b again').join('\n') + '\n' }, parents: [ba] })
    const oids = (await history.import(bench.repo.path)) as Oid[]
    expect(bench.git('merge-base', '--all', oids[target]!, oids[source]!).split('\n')).toHaveLength(2)
    const oid = await made('merge', oids[target]!, oids[source]!)
    expect(bench.git('show', `${oid}:f`)).toContain('a again')
    expect(bench.git('show', `${oid}:f`)).toContain('b again')
  })

  test('the .gitattributes of the target decide how files are merged, as they do in a work tree', async () => {
    const attributes = { '.gitattributes': 'f merge=union\n', 'd/.gitattributes': 'g -merge\n' }
    const base = { ...attributes, f: 'one\n', 'd/g': TEXT }
    const [target, source] = await sides(base, { ...base, f: 'two\n' }, { ...base, f: 'three\n' })
    const oid = await made('merge', target, source)
    expect(bench.git('show', `${oid}:f`)).toBe('two\nthree')
    const apart = await sides(
      base,
      { ...base, 'd/g': withLine(1, 'x') },
      { ...base, 'd/g': withLine(18, 'y') },
    )
    expect(await merge('merge', ...apart)).toEqual({ kind: 'conflicts' })
  })

  test('sides that changed different files are merged, squashed and rebased without a process', async () => {
    const base = { 'a/one': '1', 'a/two': '1', 'b/c/three': '1' }
    const [target, source] = await sides(
      base,
      { ...base, 'a/one': '2' },
      { ...base, 'a/two': '2', 'b/new': '1' },
    )
    await new Mergeability(bench.parts).of(bench.repo, target, source) // whoever reads objects runs now
    const started = bench.store.launcher.started
    await new Mergeability(bench.parts).of(bench.repo, target, source)
    const heads = [await made('merge', target, source), await made('squash', target, source)]
    heads.push(await made('rebase', target, source))
    expect(bench.store.launcher.started - started).toBeLessThanOrEqual(1) // a session for refs that is warmed up
    const trees = heads.map((oid) => bench.git('rev-parse', `${oid}^{tree}`))
    const stock = bench.git('merge-tree', '--write-tree', target, source)
    expect(new Set([...trees, stock]).size).toBe(1)
  })

  test.each(['merge', 'squash', 'rebase'] as const)(
    'a %s that takes too long ends, and says so',
    async (strategy) => {
      const [target, source] = await sides({ f: TEXT }, { f: withLine(1, 'x') }, { f: withLine(18, 'y') })
      const parts = { ...bench.parts, wallMs: 1 }
      const tooLong = { code: 'UNAVAILABLE', details: { reason: 'the merge took too long' } }
      await using quarantine = bench.store.store.openQuarantine(bench.repo)
      const input = { repo: bench.repo, target, source, strategy, message: 'm', committer: MAX, seconds: 0 }
      await expect(makeMerge(parts, quarantine, input)).rejects.toMatchObject(tooLong)
      const mergeability = new Mergeability(parts)
      await expect(mergeability.of(bench.repo, target, source)).rejects.toMatchObject(tooLong)
    },
  )

  test('a merge at which git itself aborts is refused, and says so', async (context) => {
    const base = { 'd/dir/file': TEXT, 'd/file': withLine(3, 'other') }
    const moved = { 'e/dir': TEXT, 'e/file/dir': withLine(3, 'other') }
    const [target, source] = await sides(base, { 'd/dir': TEXT }, moved)
    const stock = spawnSync('git', ['merge-tree', '--write-tree', target, source], { cwd: bench.repo.path })
    context.skip(stock.signal !== 'SIGABRT', 'this git merges it')
    const fails = { code: 'UNPROCESSABLE', details: { reason: 'the git of this server fails at this merge' } }
    await expect(merge('merge', target, source)).rejects.toMatchObject(fails)
    const mergeability = new Mergeability(bench.parts)
    await expect(mergeability.of(bench.repo, target, source)).rejects.toMatchObject(fails)
  })

  test('mergeability leaves nothing behind, and asks once for all who ask at once', async () => {
    const [target, source] = await sides({ f: TEXT }, { f: withLine(1, 'x') }, { f: withLine(18, 'y') })
    const mergeability = new Mergeability(bench.parts)
    const ask = () => mergeability.of(bench.repo, target, source)
    const objects = () => readdir(`${bench.repo.path}/objects`, { recursive: true })
    const before = await objects()
    const started = bench.store.launcher.started
    const answers = await Promise.all([ask(), ask(), ask()])
    const asked = bench.store.launcher.started - started
    expect(asked).toBeLessThanOrEqual(4) // merge-tree, diff-tree, rev-list, and whoever reads objects
    await ask()
    expect(bench.store.launcher.started - started).toBe(asked)
    expect(new Set(answers).size).toBe(1)
    expect(await objects()).toEqual(before)
    const left = await readdir(incomingDirectory(bench.store.root), { recursive: true })
    expect(left.filter((name) => /\/\d+(\/|$)/.test(name))).toEqual([])
  })
})
