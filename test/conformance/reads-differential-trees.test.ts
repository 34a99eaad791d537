/**
 * Directories, files and the last commit of each entry, held against what stock git says of the same
 * repository. READS_SEED and READS_COMMITS repeat or lengthen a run.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DIRECTORIES_OF_ODD_HISTORY, oddHistory } from '../support/odd-history.ts'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const SEED = Number(process.env['READS_SEED'] ?? 20_251_120)
const COMMITS = Number(process.env['READS_COMMITS'] ?? 120)

let w: World
let bench: RestBench
/** Some of the history, and its end. */
let commits: string[]
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  const { agent } = bench.git
  const import_ = await agent.gitWith(
    { input: oddHistory(SEED, COMMITS) },
    'fast-import',
    '--quiet',
    '--done',
  )
  if (import_.code !== 0) throw new Error(import_.output)
  await agent.ok('push', '-q', 'origin', 'main', '--tags')
  const ids = await agent.ok('for-each-ref', '--format=%(objectname)', 'refs/tags', 'refs/heads')
  commits = [...new Set(ids.split('\n'))]
})
afterAll(() => w[Symbol.asyncDispose]())

function encode(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

async function git(...args: string[]): Promise<Buffer> {
  const run = await bench.git.agent.git(...args)
  if (run.code !== 0) throw new Error(run.output)
  return run.bytes
}

interface Listed {
  readonly mode: string
  readonly type: string
  readonly oid: string
  readonly size: number | null
  readonly path: string
}

/** `ls-tree -z -l`; names that are not UTF-8 decoded as we say we do. */
async function lsTree(...args: string[]): Promise<Listed[]> {
  const records = (await git('ls-tree', '-z', '-l', ...args)).toString('utf8').split('\0').slice(0, -1)
  return records.map((record) => {
    const [, mode = '', type = '', oid = '', size, path = ''] =
      /^(\d+) (\w+) (\w+) +(\d+|-)\t(.*)$/s.exec(record) ?? []
    return { mode, type, oid, size: size === '-' ? null : Number(size), path }
  })
}

interface Entry {
  readonly name: string
  readonly path: string
  readonly entryType: string
  readonly mode: string
  readonly sha: string
  readonly size: number | null
  readonly lastCommit?: { sha: string; message: string } | null
}

async function tree(revision: string, path: string, query = ''): Promise<Entry[]> {
  const answer = await bench.get(`/tree/${encode(path === '' ? revision : `${revision}/${path}`)}${query}`)
  if (answer.status !== 200) throw new Error(`${revision} ${path}: ${answer.status} ${answer.text}`)
  return answer.json
}

function asListed({ mode, entryType, sha, size, path }: Entry): Listed {
  return { mode, type: entryType === 'symlink' ? 'blob' : entryType, oid: sha, size, path }
}

async function directoriesOf(commit: string): Promise<string[]> {
  const trees = (await lsTree('-r', '-t', commit)).filter(({ type }) => type === 'tree')
  return ['', ...trees.map(({ path }) => path)]
}

describe('what stock git says of an odd history', () => {
  test('holds all that it is meant to hold', async () => {
    const seen = (await Promise.all(commits.map((commit) => lsTree('-r', commit)))).flat()
    expect(new Set(seen.map(({ mode }) => mode))).toEqual(new Set(['100644', '100755', '120000', '160000']))
    for (const odd of ['\n', '"', '\\', ' ', 'ï', '\ufffd', '-rf'])
      expect([odd, seen.some(({ path }) => path.includes(odd))]).toEqual([odd, true])
    expect((await git('rev-list', '--merges', '--count', 'main')).toString().trim()).not.toBe('0')
    expect(await directoriesOf('main')).toEqual(
      expect.arrayContaining(DIRECTORIES_OF_ODD_HISTORY.slice(0, 3)),
    )
  })

  test('every directory is listed as by ls-tree -z -l', async () => {
    for (const commit of commits) {
      for (const path of await directoriesOf(commit)) {
        const expected = await lsTree(path === '' ? commit : `${commit}:${path}`)
        const listed = await tree(commit, path)
        expect(listed.map((entry) => ({ ...asListed(entry), path: entry.name }))).toEqual(expected)
        const inside = path === '' ? '' : `${path}/`
        expect(listed.map((entry) => entry.path)).toEqual(expected.map(({ path: name }) => inside + name))
      }
    }
  })

  test('all below the root is listed as by ls-tree -r -z -l, and below a directory', async () => {
    for (const commit of commits) {
      expect((await tree(commit, '', '?recursive=true')).map(asListed)).toEqual(await lsTree('-r', commit))
    }
    const below = (await lsTree('-r', 'main')).filter(({ path }) => path.startsWith('src/'))
    expect(below.length).toBeGreaterThan(0)
    expect((await tree('main', 'src', '?recursive=true')).map(asListed)).toEqual(below)
  })

  test('every file has the bytes that cat-file prints, raw and as JSON', async () => {
    const files = (await lsTree('-r', 'main')).filter(({ type }) => type === 'blob')
    for (const { path, oid, size } of files) {
      const expected = await git('cat-file', 'blob', oid)
      const raw = await bench.git.agent.fetch(`${w.url}${bench.path}/raw/main/${encode(path)}`)
      expect([path, Buffer.from(await raw.arrayBuffer())]).toEqual([path, expected])
      const { json } = await bench.get(`/blob/main/${encode(path)}`)
      expect({ ...json, content: Buffer.from(json.content, json.encoding) }).toMatchObject({
        content: expected,
        sha: oid,
        size,
      })
    }
    expect(files.length).toBeGreaterThan(20)
  })

  test('each entry was touched last by the commit that log -1 -- <path> names', async () => {
    let checked = 0
    for (const commit of commits.slice(-5)) {
      for (const directory of await directoriesOf(commit)) {
        for (const { path, lastCommit } of await tree(commit, directory, '?lastCommit=true')) {
          if (path.includes('\ufffd')) continue // no argument of a process can hold such a name
          const last = await git('--literal-pathspecs', 'log', '-1', '--format=%H', commit, '--', path)
          expect([commit, path, lastCommit?.sha]).toEqual([commit, path, last.toString().trim()])
          checked++
        }
      }
    }
    expect(checked).toBeGreaterThan(100)
  })

  test('the end of a history that nobody has asked about, and then its middle, have the same answers', async () => {
    const other = await restBench(w)
    await bench.git.agent.ok('push', '-q', other.git.repo.url, 'main', '--tags')
    for (const commit of ['main', ...commits.slice(3, 6)]) {
      const at = `/tree/${commit}?lastCommit=true`
      expect((await other.get(at)).json).toEqual((await bench.get(at)).json)
    }
  })
})
