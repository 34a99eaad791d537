/** What a commit-graph says is held against what the commits say, and what damaged ones say against nothing. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Dice } from '../../../test/support/dice.ts'
import { History } from '../../../test/support/merge-bench.ts'
import { git, testStore, type TestStore } from '../../../test/support/store.ts'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { mergeBases } from '../merging/merge-bases.ts'
import { CatFile } from '../objects/cat-file.ts'
import { STORED_OBJECTS_LIMITS, StoredObjects } from '../objects/stored-objects.ts'
import { CommitGraph } from './commit-graph.ts'
import { CommitGraphs } from './commit-graphs.ts'

const SEED = Number(process.env['GRAPH_SEED'] ?? 3)
const COMMITS = 300

let world: TestStore
let files: CatFile
beforeAll(async () => {
  world = await testStore()
  files = new CatFile(world.launcher)
})
afterAll(async () => {
  await files[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

/** Merges of up to four, roots, clocks that go back. The graph is written in `layers`, and does not hold all. */
async function history(seed: number, format: ObjectFormat, layers: 'none' | 'one' | 'chain') {
  const repo = await world.newRepo(format)
  const dice = new Dice(seed)
  const made = new History()
  const numbers: number[] = []
  for (let i = 0; i < COMMITS; i++) {
    const count = i === 0 || dice.below(60) === 0 ? 0 : dice.pick([1, 1, 1, 1, 2, 2, 4])
    const parents = new Set(Array.from({ length: count }, () => dice.pick(numbers.slice(-15))))
    const seconds = dice.below(3) === 0 ? 1_000 + dice.below(3_000) : 1_000 + i * 10
    numbers.push(made.add({ files: { f: `${i >> 2}` }, parents: [...parents], seconds }))
  }
  const oids = await made.import(repo.path)
  const all = numbers.map((number) => oids[number] as Oid)
  const write = (known: readonly Oid[], ...args: string[]) =>
    git(repo.path, ['commit-graph', 'write', '--stdin-commits', '--changed-paths', ...args], known.join('\n'))
  if (layers === 'one') write(all.slice(0, 200))
  if (layers === 'chain') for (const end of [150, 200, 250]) write(all.slice(0, end), '--split=no-merge')
  return { repo, dice, all }
}

const graphs = () => new CommitGraphs()
const objectsOver = (over: CommitGraphs) => new StoredObjects(files, STORED_OBJECTS_LIMITS, over)

test.each([
  ['sha1', 'one'],
  ['sha1', 'chain'],
  ['sha256', 'chain'],
] as const)(
  '%s, %s: each commit has the tree, parents and time that it says itself',
  async (format, layers) => {
    const { repo, all } = await history(SEED, format, layers)
    using graph = CommitGraph.open(`${repo.path}/objects`, format, () => true)
    expect(existsSync(`${repo.path}/objects/info/commit-graphs`)).toBe(layers === 'chain')
    const objects = objectsOver(graphs())
    const generations = new Map<Oid, number>()
    let most = 0
    for (const oid of all) {
      const known = graph!.lineage(oid)
      if (known === null) continue
      const { tree, parents, committer } = (await objects.commit(repo, oid))!
      expect(known).toMatchObject({ oid, tree, parents, seconds: committer.seconds })
      expect(known.generation).toBe(1 + Math.max(0, ...parents.map((parent) => generations.get(parent)!)))
      generations.set(oid, known.generation)
      most = Math.max(most, parents.length)
    }
    expect(generations.size).toBe(graph!.count)
    expect(generations.size).toBeGreaterThanOrEqual(layers === 'one' ? 200 : 250)
    expect(generations.size).toBeLessThan(COMMITS)
    expect(most).toBeGreaterThan(2)
  },
)

test.each(['none', 'one', 'chain'] as const)(
  'graph: %s; merge bases are those of git merge-base',
  async (layers) => {
    const { repo, dice, all } = await history(SEED + 1, 'sha1', layers)
    using over = graphs()
    const parts = { objects: objectsOver(over), launcher: world.launcher }
    for (let i = 0; i < 120; i++) {
      const near = all.slice(dice.below(all.length - 40)).slice(0, 40)
      const [target, source] = [dice.pick(near), dice.pick(near)]
      const found = await mergeBases(parts, { repo, target, source })
      const args = ['-c', `safe.directory=*`, 'merge-base', '--all', target, source]
      const expected = gitLines(repo, args)
      expect([...found].sort(), `GRAPH_SEED=${SEED} ${target} ${source}`).toEqual(expected.sort())
    }
  },
)

test('a graph that is written, grows and goes is noticed, and nothing is read twice meanwhile', async () => {
  const { repo, all } = await history(SEED, 'sha1', 'none')
  using over = graphs()
  expect(over.lineage(repo, all[0]!)).toBeNull()
  over.forget(repo.id)
  git(repo.path, ['commit-graph', 'write', '--stdin-commits'], all.slice(0, 50).join('\n'))
  expect(over.lineage(repo, all[0]!)).toMatchObject({ oid: all[0], generation: 1 })
  expect(over.lineage(repo, all.at(-1)!)).toBeNull()
})

test('a commit is read once, and what it says of itself gives way to a graph that knows more', async () => {
  const { repo, all } = await history(SEED, 'sha1', 'none')
  using over = graphs()
  const objects = objectsOver(over)
  const said = (await objects.lineage(repo, all[0]!))!
  expect(said.generation).toBe(Infinity)
  expect(objects.lineage(repo, all[0]!)).toBe(said)
  over.forget(repo.id)
  git(repo.path, ['commit-graph', 'write', '--stdin-commits'], all.slice(0, 50).join('\n'))
  const known = objects.lineage(repo, all[0]!)
  expect(known).toMatchObject({ ...said, generation: 1 })
  expect(objects.lineage(repo, all[0]!)).toBe(known)
  const other = { ...repo, id: 'other' as typeof repo.id, path: `${repo.path}-other` }
  expect(over.lineage(other, all[0]!)).toBeNull()
})

test('so many commits are remembered and no more', async () => {
  const repo = await world.newRepo('sha1')
  using over = graphs()
  const oidOf = (n: number) => n.toString(16).padStart(40, '0') as Oid
  const lineage = (oid: Oid) => ({ oid, tree: oid, parents: [], seconds: 0, generation: Infinity })
  for (let n = 0; n <= 20_000; n++) over.remember(repo, lineage(oidOf(n)))
  const kept = Array.from({ length: 20_001 }, (_, n) => over.lineage(repo, oidOf(n))).filter(Boolean)
  expect(kept).toEqual([lineage(oidOf(20_000))])
})

/** With a checksum that fits. */
function sealed(bytes: Buffer): Buffer {
  const content = bytes.subarray(0, Math.max(0, bytes.length - 20))
  return Buffer.concat([content, createHash('sha1').update(content).digest()])
}

test('of a file whose numbers do not fit nothing is believed, though its checksum fits', async () => {
  const { repo, all } = await history(SEED, 'sha1', 'one')
  const path = `${repo.path}/objects/info/commit-graph`
  const whole = await readFile(path)
  const dice = new Dice(SEED)
  for (let i = 0; i < 400; i++) {
    const bytes = Buffer.from(dice.below(4) === 0 ? whole.subarray(0, dice.below(whole.length)) : whole)
    const flips = dice.below(6)
    for (let flip = 0; flip < flips && bytes.length > 0; flip++) {
      bytes[dice.below(dice.below(2) === 0 ? Math.min(bytes.length, 1_200) : bytes.length)] = dice.below(256)
    }
    await writeFile(path, sealed(bytes))
    using over = graphs()
    for (const oid of all.slice(0, 20)) {
      const known = over.lineage(repo, oid) // throws nothing, and ends
      expect(known === null || known.oid === oid).toBe(true)
    }
  }
})

test.each(['one', 'chain'] as const)(
  'a graph (%s) that is cut off, or in which a bit has changed, is asked nothing, and removed',
  async (layers) => {
    const { repo, dice, all } = await history(SEED, 'sha1', layers)
    const info = `${repo.path}/objects/info`
    const listed = layers === 'one' ? `${info}/commit-graph` : `${info}/commit-graphs/commit-graph-chain`
    const list = await readFile(listed, 'latin1')
    const path = layers === 'one' ? listed : `${info}/commit-graphs/graph-${list.split('\n')[0]}.graph`
    const whole = await readFile(path)
    const flipped = Array.from({ length: 20 }, () => {
      const bytes = Buffer.from(whole)
      bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8)
      return bytes
    })
    const cut = [0, 1, 19, 20, whole.length >> 1, whole.length - 1].map((size) => whole.subarray(0, size))
    for (const bytes of [...flipped, ...cut]) {
      await rm(path)
      await writeFile(path, bytes)
      using over = graphs()
      expect(all.map((oid) => over.lineage(repo, oid)).filter((known) => known !== null)).toEqual([])
      expect(existsSync(listed)).toBe(false)
      await writeFile(listed, layers === 'one' ? whole : list)
    }
    await writeFile(path, whole)
    using over = graphs()
    expect(over.lineage(repo, all[0]!)).not.toBeNull()
  },
)

test('in a repository whose history was cut off there is no graph', async () => {
  const { repo, all } = await history(SEED, 'sha1', 'one')
  await writeFile(`${repo.path}/shallow`, `${all[0]}\n`)
  using over = graphs()
  expect(over.lineage(repo, all[0]!)).toBeNull()
})

function gitLines(repo: RepoHandle, args: readonly string[]): string[] {
  try {
    return git(repo.path, args)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
  } catch (err) {
    if ((err as { status?: number }).status === 1) return [] // none in common
    throw err
  }
}
