/** rest-api.md, section 4: lists of commits, and one commit. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runGit } from '../support/actor.ts'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: RestBench
/** Ids by message; `main` is first, second, side merged as third. */
const ids: Record<string, string> = {}

beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  await commit('first', 'a.txt', 1_700_000_000)
  await bench.git.agent.ok('checkout', '-q', '-b', 'feature/side')
  await commit('side', 'dir/side.txt', 1_700_000_100, 'Grace Hopper')
  await bench.git.agent.ok('checkout', '-q', 'main')
  await commit('second', 'a.txt', 1_700_000_200)
  await git(1_700_000_300, 'Ada', 'merge', '-q', '--no-ff', '-m', 'third', 'feature/side')
  ids['third'] = await bench.git.agent.ok('rev-parse', 'HEAD')
  await bench.git.agent.ok('tag', 'v1.0', 'HEAD~1')
  await bench.git.agent.ok('push', '-q', 'origin', '--all')
  await bench.git.agent.ok('push', '-q', 'origin', '--tags')
})
afterAll(() => w[Symbol.asyncDispose]())

async function git(at: number, author: string, ...args: string[]): Promise<void> {
  const date = `${at} +0200`
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, GIT_AUTHOR_NAME: author }
  const run = await bench.git.agent.gitWith({ env }, ...args)
  if (run.code !== 0) throw new Error(run.output)
}

async function commit(message: string, path: string, at: number, author = 'Ada'): Promise<void> {
  await bench.git.agent.write(path, `${message}\n`)
  await bench.git.agent.ok('add', '.')
  await git(at, author, 'commit', '-q', '-m', message)
  ids[message] = await bench.git.agent.ok('rev-parse', 'HEAD')
}

const messages = (answer: { json: { message: string }[] }) => answer.json.map(({ message }) => message)
const list = async (query: string) => messages(await bench.get(`/commits?${query}`))

describe('GET /repos/{org}/{repo}/commits', () => {
  test('GET /repos/{org}/{repo}/commits lists the history of the default branch, latest first', async () => {
    const answer = await bench.get('/commits')
    expect(answer.status).toBe(200)
    expect(messages(answer)).toEqual(['third', 'second', 'side', 'first'])
    expect(answer.json[0]).toEqual({
      sha: ids['third'],
      authorName: 'Ada',
      authorEmail: 'agent@example.test',
      committerName: 'agent',
      committerEmail: 'agent@example.test',
      message: 'third',
      timestamp: '2023-11-14T22:18:20.000Z',
      parentShas: [ids['second'], ids['side']],
    })
  })

  test.each([
    ['a branch with a slash', 'feature/side', ['side', 'first']],
    ['a tag', 'v1.0', ['second', 'first']],
    ['an ancestor', 'main~1', ['second', 'first']],
  ])('ref may be %s', async (_, ref, expected) => {
    expect(await list(`ref=${encodeURIComponent(ref)}`)).toEqual(expected)
  })

  test('ref may be an id, whole or abbreviated', async () => {
    expect(await list(`ref=${ids['side']}`)).toEqual(['side', 'first'])
    expect(await list(`ref=${ids['side']?.slice(0, 10)}`)).toEqual(['side', 'first'])
  })

  test.each([
    ['path=a.txt', ['second', 'first']],
    ['path=/dir/', ['side']],
    ['path=a.*', []],
    ['path=:(top)a.txt', []],
    ['since=2023-11-14T22:16:40Z', ['third', 'second']],
    ['until=2023-11-14T22:16:40Z', ['second', 'side', 'first']],
    ['since=2023-11-14T23:16:41%2B01:00', ['third']],
    ['since=2023-11-15', []],
    ['until=1960-01-01', []],
    ['until=2190-01-01', ['third', 'second', 'side', 'first']],
    ['since=1960-01-01', ['third', 'second', 'side', 'first']],
    ['author=grace', ['side']],
    ['author=HOPPER%20%3Cagent@', ['side']],
    ['author=.*', []],
    ['author=--all', []],
    ['author=ada&path=a.txt&since=2023-11-14T22:16:40Z', ['second']],
  ])('%s lists %j', async (query, expected) => {
    expect(await list(query)).toEqual(expected)
  })

  test.each(['', '&author=a', '&path=a.txt'])(
    'pages join without gap or repetition, though main moves meanwhile (%s)',
    async (filter) => {
      const all = await list(`limit=100${filter}`)
      const first = await bench.get(`/commits?limit=1${filter}`)
      const seen = messages(first)
      let next = first.headers.get('link')
      await commit(`later ${filter}`, 'later.txt', 1_700_001_000)
      await bench.git.agent.ok('push', '-q', 'origin', 'main')
      while (next !== null) {
        const at = /<[^>]*(\/commits[^>]*)>; rel="next"/.exec(next)?.[1] ?? ''
        const page = await bench.get(at)
        expect(page.json).toHaveLength(1)
        seen.push(...messages(page))
        next = page.headers.get('link')
      }
      expect(seen).toEqual(all)
    },
  )

  test('offset skips, and a limit above the range is clamped', async () => {
    const all = await list(`ref=${ids['third']}`)
    expect(await list(`ref=${ids['third']}&offset=1&limit=2`)).toEqual(all.slice(1, 3))
    expect(await list(`ref=${ids['third']}&offset=100`)).toEqual([])
    expect(await list(`ref=${ids['third']}&offset=60000`)).toEqual([])
    expect(await list(`ref=${ids['third']}&limit=1000`)).toEqual(all)
  })

  test('an empty repository has an empty list', async () => {
    const empty = await restBench(w)
    const answer = await empty.get('/commits')
    expect([answer.status, answer.json]).toEqual([200, []])
    expect((await empty.get('/commits?ref=other')).status).toBe(404)
  })

  test('an unknown ref is 404, and says which', async () => {
    const answer = await bench.get('/commits?ref=nothing')
    expect([answer.status, answer.json.error]).toEqual([
      404,
      { code: 'NOT_FOUND', message: 'not found', details: { reason: 'no such revision', ref: 'nothing' } },
    ])
  })

  test.each([
    'ref=--all',
    'ref=a%00b',
    'author=a%0Ab',
    'author=',
    'path=../x',
    'path=a%00b',
    'since=yesterday',
    'limit=-1',
    'offset=x',
    'cursor=x',
    `cursor=${Buffer.from('HEAD.3').toString('base64url')}`,
  ])('%s is 400', async (query) => {
    const answer = await bench.get(`/commits?${query}`)
    expect([answer.status, answer.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })

  test('a cursor of a commit that is not there is 404', async () => {
    const cursor = Buffer.from(`${'1'.repeat(40)}.3`).toString('base64url')
    expect((await bench.get(`/commits?cursor=${cursor}`)).status).toBe(404)
    expect((await bench.get(`/commits?path=a&cursor=${cursor}`)).status).toBe(404)
  })

  test('by a name the ETag is weak and holds while the name stays; by an id it is strong', async () => {
    const named = await bench.get('/commits?ref=feature/side')
    const etag = named.headers.get('etag') ?? ''
    expect(etag).toBe(`W/"${ids['side']}"`)
    const fresh = await bench.get('/commits?ref=feature/side', { 'if-none-match': etag })
    expect([fresh.status, fresh.text]).toEqual([304, ''])
    const fixed = await bench.get(`/commits?ref=${ids['side']}`)
    expect(fixed.headers.get('etag')).toBe(`"${ids['side']}"`)
    expect(fixed.headers.get('cache-control')).toContain('immutable')
    await commit('newer', 'newer.txt', 1_700_002_000)
    await bench.git.agent.ok('push', '-q', 'origin', 'HEAD:refs/heads/feature/side')
    expect((await bench.get('/commits?ref=feature/side', { 'if-none-match': etag })).status).toBe(200)
  })

  test('needs read access', async () => {
    expect(await bench.statuses('GET', '/commits')).toEqual([404, 404, 200, 200])
  })
})

describe('GET /repos/{org}/{repo}/commits/{sha}', () => {
  test('GET /repos/{org}/{repo}/commits/{sha} answers the commit with its stats', async () => {
    const answer = await bench.get(`/commits/${ids['second']}`)
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        sha: ids['second'],
        authorName: 'Ada',
        authorEmail: 'agent@example.test',
        committerName: 'agent',
        committerEmail: 'agent@example.test',
        message: 'second',
        timestamp: '2023-11-14T22:16:40.000Z',
        parentShas: [ids['first']],
        stats: { additions: 1, deletions: 1, filesChanged: 1 },
      },
    ])
  })

  test('a first commit is counted against nothing, a merge against its first parent', async () => {
    const stats = async (sha?: string) => (await bench.get(`/commits/${sha}`)).json.stats
    expect(await stats(ids['first'])).toEqual({ additions: 1, deletions: 0, filesChanged: 1 })
    expect(await stats(ids['third'])).toEqual({ additions: 1, deletions: 0, filesChanged: 1 })
  })

  test('any revision names it; a slash is %2F', async () => {
    for (const name of ['v1.0', 'main~1^0', ids['second']?.slice(0, 8) ?? '', 'refs%2Ftags%2Fv1.0']) {
      const { status, json } = await bench.get(`/commits/${name}`)
      expect([name, status]).toEqual([name, 200])
      if (name !== 'main~1^0') expect(json.sha).toBe(ids['second'])
    }
  })

  test.each([
    ['nothing', 404],
    ['1'.repeat(40), 404],
    ['--help', 400],
    ['a%0Ab', 400],
  ])('%s is %i', async (name, status) => {
    const answer = await bench.get(`/commits/${name}`)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('etag')).toBeNull()
  })

  test('by id the ETag is strong, and 304 reads nothing', async () => {
    const at = `/commits/${ids['first']}`
    const etag = (await bench.get(at)).headers.get('etag') ?? ''
    expect(etag).toBe(`"${ids['first']}"`)
    const before = w.sluice.processesStarted()
    expect((await bench.get(at, { 'if-none-match': etag })).status).toBe(304)
    expect(w.sluice.processesStarted()).toBe(before)
    expect((await bench.get('/commits/v1.0')).headers.get('etag')).toBe(`W/"${ids['second']}"`)
  })

  test('needs read access', async () => {
    expect(await bench.statuses('GET', `/commits/${ids['first']}`)).toEqual([404, 404, 200, 200])
  })

  test('names, messages and times that nobody expects are shown as well as they can be', async () => {
    const tree = await bench.git.agent.ok('write-tree')
    const write = async (content: Buffer): Promise<string> => {
      const args = ['hash-object', '-w', '-t', 'commit', '--stdin', '--literally']
      const run = await bench.git.agent.gitWith({ input: content, cwd: bench.git.repo.path }, ...args)
      return run.stdout.trim()
    }
    const by = (role: string, who: string, rest = '1700000000 +0000') => `${role} ${who} ${rest}\n`
    const odd = [
      `${by('author', 'J\xf6rg <j@x>')}${by('committer', 'J\xf6rg <j@x>')}encoding ISO-8859-1\n\nGr\xfc\xdfe\n`,
      `${by('author', '<>')}${by('committer', '<>')}\n`,
      `${by('author', 'A <a@x>')}${by('committer', 'A <a@x>')}gpgsig -----BEGIN\n x\n -----END\n\nsigned\n\n`,
      `${by('author', 'A <a@x>', '99999999999999999999 +0000')}${by('committer', 'A <a@x>', 'x')}\nodd`,
      `${by('author', 'A <a@x>', '999999999999 +0000')}${by('committer', 'A <a@x>', '999999999999 +0000')}\nlate`,
      `${by('author', '\xff <a@x>')}${by('committer', 'A <a@x>')}\n\xff`,
    ]
    const shown: object[] = []
    for (const text of odd) {
      const sha = await write(Buffer.from(`tree ${tree}\n${text}`, 'latin1'))
      const { status, json } = await bench.get(`/commits/${sha}`)
      expect(status).toBe(200)
      expect((await bench.get(`/commits?ref=${sha}`)).json[0].sha).toBe(sha)
      expect(json.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
      shown.push({ name: json.authorName, email: json.authorEmail, message: json.message })
    }
    expect(shown).toEqual([
      { name: 'Jörg', email: 'j@x', message: 'Grüße' },
      { name: '', email: '', message: '' },
      { name: 'A', email: 'a@x', message: 'signed' },
      { name: 'A', email: 'a@x', message: 'odd' },
      { name: 'A', email: 'a@x', message: 'late' },
      { name: '\ufffd', email: 'a@x', message: '\ufffd' },
    ])
  })
})

test('the history of a sha256 repository is read the same way', async () => {
  const other = await restBench(w, { objectFormat: 'sha256' })
  const commits = ['one', 'two'].map(
    (text, i) =>
      `commit refs/heads/main\ncommitter C <c@x> ${i} +0000\ndata 3\n${text}\nM 644 inline f\ndata 3\n${text}\n`,
  )
  await runGit(['fast-import', '--quiet'], { cwd: other.git.repo.path, input: commits.join('') })
  const list = (await other.get('/commits')).json
  expect(messages({ json: list })).toEqual(['two', 'one'])
  const [two, one] = list.map(({ sha }: { sha: string }) => sha) as [string, string]
  expect(two).toHaveLength(64)
  const next = (await other.get('/commits?limit=1')).headers.get('x-next-cursor')
  expect(messages(await other.get(`/commits?cursor=${next}`))).toEqual(['one'])
  expect((await other.get(`/commits/${one}`)).json.stats.filesChanged).toBe(1)
  expect((await other.get(`/commits/${one}/diff`)).json).toMatchObject([{ path: 'f', status: 'added' }])
  expect((await other.get(`/compare/${one}...${two}`)).json).toMatchObject({ mergeBase: one, ahead: 1 })
  expect((await other.get(`/blame/${two}/f`)).json).toMatchObject([{ sha: two, summary: 'two' }])
  expect((await other.get('/search?q=tw')).json).toEqual([{ path: 'f', line: 1, column: 1, text: 'two' }])
  expect((await other.get(`/archive/${two}.tar`)).status).toBe(200)
})
