/**
 * Histories, diffs, comparisons, blame and searches by REST against stock git: on a random repository, and on
 * a real bare one that `SLUICE_TEST_REAL_REPOSITORY` names, of which a sample is asked about.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Dice } from '../support/dice.ts'
import { randomHistory } from '../support/random-history.ts'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const REAL = process.env['SLUICE_TEST_REAL_REPOSITORY']
const SOURCES = [
  { name: 'a random repository', fill: fillRandom, sample: 30 },
  ...(REAL === undefined ? [] : [{ name: 'a real repository', fill: fillReal, sample: 40 }]),
]
const SEED = 20_260_101
const MAX_LISTED = 2_000

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

function git(cwd: string, args: readonly string[], opts: { input?: Buffer; index?: string } = {}): Buffer {
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
  return execFileSync('git', ['--literal-pathspecs', '-c', 'core.quotePath=false', ...args], {
    cwd,
    env: opts.index === undefined ? env : { ...env, GIT_INDEX_FILE: opts.index },
    input: opts.input ?? Buffer.alloc(0),
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 1 << 30,
  })
}

function fillRandom(path: string): void {
  git(path, ['fast-import', '--quiet', '--done'], { input: randomHistory(SEED, 250) })
}

/** Its objects are lent, not copied. */
function fillReal(path: string): void {
  writeFileSync(join(path, 'objects/info/alternates'), `${join(REAL ?? '', 'objects')}\n`)
  const refs = git(REAL ?? '', ['for-each-ref', '--format=create %(refname) %(objectname)', 'refs/heads'])
  git(path, ['update-ref', '--stdin'], { input: refs })
}

const fields = (bytes: Buffer) => bytes.toString().split('\0').slice(0, -1)
const linesOf = (bytes: Buffer) => bytes.toString().split('\n').slice(0, -1)

describe.each(SOURCES)('$name reads as stock git reads it', ({ fill, sample }) => {
  let bench: RestBench
  let path: string
  let commits: { sha: string; parents: string[] }[]
  let tips: string[]
  /** Sampled anew for each test, the same each time. */
  let dice: Dice
  const stock = (...args: string[]) => git(path, args)

  beforeAll(async () => {
    bench = await restBench(w)
    ;({ path } = bench.git.repo)
    mkdirSync(join(path, 'objects/info'), { recursive: true })
    fill(path)
    tips = linesOf(stock('for-each-ref', '--format=%(objectname)', 'refs/heads')).slice(0, 10)
    dice = new Dice(SEED)
    const all = linesOf(stock('rev-list', '--parents', '--all')).map((line) => line.split(' '))
    const chosen = all.length <= sample ? all : Array.from({ length: sample }, () => dice.pick(all))
    commits = chosen.map(([sha = '', ...parents]) => ({ sha, parents }))
  })

  /** Ids of all pages, at most `MAX_LISTED`. */
  async function listAll(query: string): Promise<string[]> {
    const shas: string[] = []
    for (let cursor: string | null = ''; cursor !== null && shas.length < MAX_LISTED;) {
      const answer = await bench.get(`/commits?${query}${cursor && `&cursor=${cursor}`}`)
      expect(answer.status).toBe(200)
      shas.push(...(answer.json as { sha: string }[]).map(({ sha }) => sha))
      cursor = answer.headers.get('x-next-cursor')
    }
    return shas.slice(0, MAX_LISTED)
  }

  const firstOf = (...args: string[]) =>
    linesOf(stock('log', `--max-count=${MAX_LISTED}`, '--no-mailmap', '--format=%H', ...args))

  test('log: the same commits in the same order, at any page length', async () => {
    for (const tip of tips) {
      const expected = firstOf(tip)
      for (const limit of [100, 37]) expect(await listAll(`ref=${tip}&limit=${limit}`)).toEqual(expected)
      const skip = expected.length >> 1
      const rest = await bench.get(`/commits?ref=${tip}&offset=${skip}&limit=10`)
      expect(rest.json.map(({ sha }: { sha: string }) => sha)).toEqual(expected.slice(skip, skip + 10))
    }
  })

  test('log: the same fields', async () => {
    const format = '%H%x00%an%x00%ae%x00%cn%x00%ce%x00%ct%x00%P%x00%B'
    for (const { sha } of commits) {
      const shown = fields(stock('show', '-s', '-z', '--encoding=UTF-8', `--format=${format}`, sha))
      const [, authorName, authorEmail, committerName, committerEmail, seconds, parents = '', body = ''] =
        shown
      const { stats: _, ...json } = (await bench.get(`/commits/${sha}`)).json
      expect(json).toEqual({
        sha,
        authorName,
        authorEmail,
        committerName,
        committerEmail,
        message: body.replace(/\n+$/, ''),
        timestamp: new Date(Number(seconds) * 1_000).toISOString(),
        parentShas: parents.split(' ').filter(Boolean),
      })
    }
  })

  test('log: the same commits by path, author and time', async () => {
    const [tip = ''] = tips
    const at = (name: string) => encodeURIComponent(name)
    for (const name of pathsOf(tip).slice(0, 8)) {
      expect(await listAll(`ref=${tip}&limit=100&path=${at(name)}`)).toEqual(firstOf(tip, '--', name))
    }
    for (const { sha } of commits.slice(0, 5)) {
      const [who = '', date = '', seconds = ''] = linesOf(stock('show', '-s', '--format=%ae%n%cI%n%ct', sha))
      if (who !== '') {
        const expected = firstOf('-F', '-i', `--author=${who}`, tip)
        expect(await listAll(`ref=${tip}&limit=100&author=${at(who)}`)).toEqual(expected)
      }
      const since = firstOf(`--since=@${seconds} +0000`, tip)
      expect(await listAll(`ref=${tip}&limit=100&since=${at(date)}`)).toEqual(since)
    }
  })

  test('diff: the same files, counts and patches, against each parent', async () => {
    for (const { sha, parents } of commits) {
      for (const [i, parent] of (parents.length === 0 ? [EMPTY_TREE] : parents).entries()) {
        const query = parents.length === 0 ? '' : `?parent=${i + 1}`
        const { status, json } = await bench.get(`/commits/${sha}/diff${query}`)
        expect(status).toBe(200)
        const facts = (json as FileDiff[]).map((file) => [STATUS[file.status], ...namesOf(file)].join('\0'))
        expect(facts).toEqual(namesAndStatuses(parent, sha))
        expect((json as FileDiff[]).map(countsOf)).toEqual(counts(parent, sha))
        if ((json as FileDiff[]).some(({ truncated }) => truncated)) continue
        const patch = stock('diff-tree', '-p', '-r', '-M', '--full-index', parent, sha)
        expect((json as FileDiff[]).map((file) => file.patch).join('')).toBe(patch.toString())
      }
    }
  })

  test('diff: the raw patch makes the commit’s tree of its parent’s', async () => {
    const index = join(path, 'applied-index')
    for (const { sha, parents } of commits) {
      git(path, ['read-tree', parents[0] ?? EMPTY_TREE], { index })
      const url = `${w.url}${bench.path}/commits/${sha}/diff`
      const answer = await bench.git.agent.fetch(url, { headers: { accept: 'text/x-diff' } })
      const patch = Buffer.from(await answer.arrayBuffer())
      if (patch.length > 0) git(path, ['apply', '--cached', '--whitespace=nowarn'], { index, input: patch })
      const made = git(path, ['write-tree', '--missing-ok'], { index }).toString().trim()
      expect([sha, made]).toEqual([sha, stock('rev-parse', `${sha}^{tree}`).toString().trim()])
    }
    rmSync(index)
  })

  test('stats: the same counts', async () => {
    for (const { sha, parents } of commits) {
      const { stats } = (await bench.get(`/commits/${sha}`)).json
      const all = counts(parents[0] ?? EMPTY_TREE, sha)
      const sum = (which: 0 | 1) => all.reduce((total, count) => total + count[which], 0)
      expect(stats).toEqual({ additions: sum(0), deletions: sum(1), filesChanged: all.length })
    }
  })

  test('compare: the same merge base, counts, commits and files', async () => {
    for (let i = 0; i < 25; i++) {
      const [base, head] = [dice.pick(commits).sha, dice.pick(commits).sha]
      const { json } = await bench.get(`/compare/${base}...${head}?patch=false`)
      const bases = quiet(() => linesOf(stock('merge-base', '--all', base, head)))
      if (json.mergeBase === null) expect(bases).toEqual([])
      else expect(bases).toContain(json.mergeBase)
      const [behind, ahead] =
        linesOf(stock('rev-list', '--left-right', '--count', `${base}...${head}`))[0]?.split('\t') ?? []
      expect([json.behind, json.ahead]).toEqual([Number(behind), Number(ahead)])
      const shas = json.commits.map(({ sha }: { sha: string }) => sha)
      expect(shas).toEqual(linesOf(stock('log', '--max-count=250', '--format=%H', `${base}..${head}`)))
      const files = (json.files as FileDiff[]).map((file) =>
        [STATUS[file.status], ...namesOf(file)].join('\0'),
      )
      expect(files).toEqual(namesAndStatuses(json.mergeBase ?? EMPTY_TREE, head))
    }
  })

  test('blame: the same commit, line and name for each line', async () => {
    let blamed = 0
    for (const { sha } of commits.slice(0, 15)) {
      const name = textFiles(sha).at(dice.below(100) % Math.max(1, textFiles(sha).length))
      if (name === undefined) continue
      const { status, json } = await bench.get(
        `/blame/${sha}/${name.split('/').map(encodeURIComponent).join('/')}`,
      )
      if (status === 422) continue // too large
      expect(status).toBe(200)
      const lines = (json as Hunk[]).flatMap(linesOfHunk)
      expect(lines).toEqual(blameOf(sha, name))
      blamed += lines.length
    }
    expect(blamed).toBeGreaterThan(50)
  })

  test('search: the same lines', async () => {
    let found = 0
    for (const { sha } of commits.slice(0, 10)) {
      for (const text of ['mill', 'a/x b', '-', 'return']) {
        const answer = await bench.get(`/search?ref=${sha}&limit=1000&q=${encodeURIComponent(text)}`)
        const matches = answer.json as { path: string; line: number; text: string }[]
        const expected = quiet(() =>
          fields(Buffer.concat([stock(...GREP, text, sha, '--'), Buffer.from('\0')])),
        )
        const places = matches.map((match) => `${sha}:${match.path}\0${match.line}`)
        expect(places).toEqual(placesOf(expected).slice(0, 1_000))
        found += places.length
      }
    }
    expect(found).toBeGreaterThan(10)
  })

  const GREP = ['grep', '-F', '-I', '-n', '-z', '-e']

  function pathsOf(sha: string): string[] {
    return fields(stock('ls-tree', '-r', '-z', '--name-only', sha))
  }

  function textFiles(sha: string): string[] {
    const empty = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
    const counted = fields(stock('diff-tree', '-r', '-z', '--numstat', '--no-renames', empty, sha))
    const regular = new Set(
      fields(stock('ls-tree', '-r', '-z', sha)).filter((entry) => entry.startsWith('100')),
    )
    const names = new Set([...regular].map((entry) => entry.slice(entry.indexOf('\t') + 1)))
    const texts = counted
      .filter((entry) => /^[1-9]/.test(entry))
      .map((entry) => entry.split('\t').slice(2).join('\t'))
    return texts.filter((name) => names.has(name))
  }

  function namesAndStatuses(from: string, to: string): string[] {
    const all = fields(stock('diff-tree', '-r', '-M', '-z', '--name-status', from, to))
    const entries: string[] = []
    while (all.length > 0) {
      const [letter = ''] = all
      const [, ...names] = all.splice(0, /^[RC]/.test(letter) ? 3 : 2)
      entries.push([letter.slice(0, 1), ...names].join('\0'))
    }
    return entries
  }

  function counts(from: string, to: string): [number, number][] {
    const rows = linesOf(stock('diff-tree', '-r', '-M', '--numstat', from, to))
    return rows.map((row) => {
      const [added, deleted] = row.split('\t').map((count) => (count === '-' ? 0 : Number(count)))
      return [added ?? NaN, deleted ?? NaN]
    })
  }

  function blameOf(sha: string, name: string): string[] {
    const porcelain = git(path, ['-c', 'mailmap.blob=', 'blame', '--line-porcelain', sha, '--', name])
    return porcelain.toString('latin1').match(/^[0-9a-f]{40} \d+ \d+/gm) ?? []
  }
})

interface FileDiff {
  readonly path: string
  readonly previousPath: string | null
  readonly status: string
  readonly additions: number
  readonly deletions: number
  readonly patch: string
  readonly truncated: boolean
}

interface Hunk {
  readonly startLine: number
  readonly lineCount: number
  readonly sha: string
  readonly originalStartLine: number
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const STATUS: Readonly<Record<string, string>> = {
  added: 'A',
  modified: 'M',
  deleted: 'D',
  renamed: 'R',
  typechange: 'T',
}

function namesOf({ path, previousPath }: FileDiff): string[] {
  return previousPath === null ? [path] : [previousPath, path]
}

function countsOf({ additions, deletions }: FileDiff): [number, number] {
  return [additions, deletions]
}

function linesOfHunk({ startLine, lineCount, sha, originalStartLine }: Hunk): string[] {
  return Array.from({ length: lineCount }, (_, i) => `${sha} ${originalStartLine + i} ${startLine + i}`)
}

/** `<oid>:<path>` NUL `<line>` NUL `<text>` LF, and so on. */
function placesOf(grepped: readonly string[]): string[] {
  const text = grepped.join('\0')
  return [...text.matchAll(/([0-9a-f]{40}:[^\0]*\0\d+)\0[^\n]*\n/g)].map(([, place = '']) => place)
}

/** git exits with 1 when there is nothing. */
function quiet(run: () => string[]): string[] {
  try {
    return run()
  } catch {
    return []
  }
}
