/**
 * Files that only say again what the objects say are damaged on disk: answers by REST are the same as before, and
 * what is wrong is thrown away. DAMAGE_SEED repeats a run.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildIndex } from '../../src/git/last-commits/build-index.ts'
import { indexPath } from '../../src/git/last-commits/index-file.ts'
import { CatFile } from '../../src/git/objects/cat-file.ts'
import { parseOid } from '../../src/kernel/ids.ts'
import { Dice } from '../support/dice.ts'
import { testLauncher } from '../support/launcher.ts'
import { oddHistory } from '../support/odd-history.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const SEED = Number(process.env['DAMAGE_SEED'] ?? 20_261_121)
const COMMITS = 60

type Repo = World['repo']
type Damage = (whole: Buffer, dice: Dice) => Buffer

let w: World
let sound: Repo
let expected: readonly string[]
let names = 0
beforeAll(async () => {
  w = await restWorld()
  await w.agent.start(w.repo.url)
  const imported = await w.agent.gitWith({ input: oddHistory(SEED, COMMITS) }, 'fast-import', '--quiet')
  expect(imported.output).toBe('')
  await w.agent.ok('push', '-q', 'origin', 'main', 'main~20:refs/heads/older')
  sound = w.repo
  expected = await answersOf(sound)
})
afterAll(() => w[Symbol.asyncDispose]())

const QUESTIONS = [
  '/commits?limit=100',
  '/commits?limit=100&path=src',
  '/commits?limit=100&path=a',
  '/commits?limit=100&author=a',
  '/compare/older...main',
  '/compare/main...older',
  '/tree/main?lastCommit=true',
  '/tree/main/src?lastCommit=true',
  '/tree/older?lastCommit=true',
]

/** Status, and a sum of the body, of all that is asked about histories. */
async function answersOf({ url }: Repo): Promise<string[]> {
  const path = `/repos${new URL(url).pathname.replace(/\.git$/, '')}`
  const ask = async (question: string) => {
    const answer = await w.owner.fetch(`${w.url}${path}${question}`)
    return `${question} ${answer.status} ${createHash('sha1')
      .update(await answer.text())
      .digest('hex')}`
  }
  return Promise.all(QUESTIONS.map(ask))
}

/** The same objects and refs in a repository that the server has not read yet. */
async function copy(of: Repo): Promise<Repo> {
  const made = await w.createRepo(`copy-${++names}`)
  for (const name of ['objects', 'refs', 'packed-refs']) {
    await rm(join(made.path, name), { recursive: true, force: true })
    await cp(join(of.path, name), join(made.path, name), { recursive: true, force: true }).catch(() => {})
  }
  return made
}

function git(repo: Repo, ...args: string[]): string {
  return execFileSync('git', ['-C', repo.path, ...args], { encoding: 'utf8', stdio: 'pipe' })
}

const flipped: Damage = (whole, dice) => {
  const bytes = Buffer.from(whole)
  bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8)
  return bytes
}

/** Two ids, or what stands in their place, change places. */
const exchanged: Damage = (whole, dice) => {
  const bytes = Buffer.from(whole)
  const [one, other] = [dice.below(whole.length - 20), dice.below(whole.length - 20)]
  whole.copy(bytes, one, other, other + 20)
  whole.copy(bytes, other, one, one + 20)
  return bytes
}

const DAMAGES: readonly (readonly [string, Damage])[] = [
  ['cut off', (whole, dice) => whole.subarray(0, dice.below(whole.length))],
  ['of no length', () => Buffer.alloc(0)],
  ['with another bit', flipped],
  ['with another bit', flipped],
  ['with other ids', exchanged],
  ['with other ids', exchanged],
]

async function damage(path: string, by: Damage, dice: Dice): Promise<void> {
  const whole = await readFile(path)
  await rm(path)
  await writeFile(path, by(whole, dice))
}

test.each(['one file', 'a chain'])('a damaged commit-graph, %s, changes no answer', async (kind) => {
  const dice = new Dice(SEED)
  for (const [what, by] of DAMAGES) {
    const repo = await copy(sound)
    const write = ['commit-graph', 'write', '--reachable', '--changed-paths']
    const isChain = kind === 'a chain'
    git(repo, ...write, ...(isChain ? ['--split'] : []))
    const directory = join(repo.path, 'objects/info', isChain ? 'commit-graphs' : '')
    const file = (await readdir(directory)).find((name) => /\.graph$|^commit-graph$/.test(name))!
    await damage(join(directory, file), by, dice)
    expect(await answersOf(repo), `${what}, ${repo.path}`).toEqual(expected)
  }
})

test('a damaged index of last commits changes no answer', async () => {
  const dice = new Dice(SEED)
  await using launcher = await testLauncher()
  await using files = new CatFile(launcher)
  const parts = { launcher, files, memoryBytes: 1 << 30, maxPaths: 10_000 }
  const head = parseOid(git(sound, 'rev-parse', 'main').trim())
  const indexed = await copy(sound)
  const handle = { ...indexed, objectFormat: 'sha1' } as const
  expect(await buildIndex(parts, handle, head, new AbortController().signal)).toBe(true)
  for (const [what, by] of DAMAGES) {
    const repo = await copy(indexed)
    await damage(indexPath(repo), by, dice)
    expect(await answersOf(repo), `${what}, ${repo.path}`).toEqual(expected)
  }
})
