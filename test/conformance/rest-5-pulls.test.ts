/** rest-api.md, section 5: pull requests themselves; merging stands in rest-5-merges.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { restWorld, type Answer } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

let w: World
/** Of an open repository: also strangers can read it. */
let bench: PullBench
beforeAll(async () => {
  w = await restWorld()
  bench = await pullBench(w, { fields: { visibility: 'public' } })
  await bench.giveRole('reader', 'reader')
  await bench.giveRole('writer', 'writer')
  bench.stage.narrow('read-only', 'owner', `repo:${bench.stage.org}/${bench.repo.slug}:read`)
})
afterAll(() => w[Symbol.asyncDispose]())

const outcome = ({ status, json }: Answer) => [status, json.error.code]
const NOBODY_MAY = [
  [null, 401],
  ['stranger', 403],
  ['reader', 403],
  ['read-only', 403],
] as const

describe('POST …/pulls', () => {
  test('POST /repos/{org}/{repo}/pulls opens one: 201, its Location, its fields, its event', async () => {
    const { branch, head } = await bench.branch({ 'a.txt': 'a\n' })
    const agentId = newId()
    const body = { sourceBranch: branch, targetBranch: 'main', title: ' Burn longer ' }
    const opened = await bench.ask('owner', 'POST', '', body, { 'x-agent-id': agentId })
    expect(opened.status).toBe(201)
    expect(opened.headers.get('location')).toBe(`${bench.path}/${opened.json.number}`)
    expect(opened.json).toEqual({
      id: expect.stringMatching(UUID_V7),
      repoId: bench.repo.id,
      number: expect.any(Number),
      authorId: bench.stage.accountOf('owner'),
      sourceBranch: branch,
      targetBranch: 'main',
      sourceSha: head,
      targetSha: bench.base,
      title: 'Burn longer',
      description: null,
      status: 'open',
      mergedAt: null,
      mergedBy: null,
      mergeCommitSha: null,
      createdAt: expect.stringMatching(TIME),
      updatedAt: expect.stringMatching(TIME),
    })
    expect(await bench.stage.lastEvent(bench.repo.id)).toMatchObject({
      type: 'pr.opened',
      actorId: bench.stage.accountOf('owner'),
      agentId,
      targetId: opened.json.id,
      data: { number: opened.json.number, sourceSha: head },
    })
  })

  test('other servers’ names of the branches are understood', async () => {
    const { branch } = await bench.branch({ 'a.txt': 'b\n' })
    const body = { source_branch: branch, target_branch: 'main', title: 'T', description: 'why' }
    const opened = await bench.ask('writer', 'POST', '', body)
    expect([opened.status, opened.json.sourceBranch, opened.json.description]).toEqual([201, branch, 'why'])
  })

  test('numbers are dense, also when many open at once', async () => {
    const alone = await pullBench(w)
    const made = [
      await alone.branch({ a: '1' }),
      await alone.branch({ a: '2' }),
      await alone.branch({ a: '3' }),
    ]
    const opened = await Promise.all(made.map(({ branch }) => alone.open(branch)))
    expect(opened.map((pull) => pull.number).sort()).toEqual([1, 2, 3])
  })

  test('the same between the same branches, at once or later: 409 with the open one', async () => {
    const { branch } = await bench.branch({ 'a.txt': 'c\n' })
    const body = { sourceBranch: branch, targetBranch: 'main', title: 'T' }
    const asked = [1, 2, 3].map(() => bench.ask('owner', 'POST', '', body))
    const answers = [...(await Promise.all(asked)), await bench.ask('owner', 'POST', '', body)]
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409])
    const open = answers.find((answer) => answer.status === 201)?.json
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expect(answer.json.error).toMatchObject({
        code: 'ALREADY_EXISTS',
        details: { id: open.id, number: open.number },
      })
    }
  })

  test('an Idempotency-Key makes it one, and the second answer is the first', async () => {
    const { branch } = await bench.branch({ 'a.txt': 'd\n' })
    const body = { sourceBranch: branch, targetBranch: 'main', title: 'T' }
    const headers = { 'idempotency-key': newId() }
    const [first, second] = [
      await bench.ask('owner', 'POST', '', body, headers),
      await bench.ask('owner', 'POST', '', body, headers),
    ]
    expect([second.status, second.text]).toEqual([201, first.text])
  })

  test.each([
    ['nothing', {}, ['sourceBranch', 'targetBranch', 'title']],
    ['the target itself', { sourceBranch: 'main', targetBranch: 'main', title: 'T' }, ['targetBranch']],
    [
      'no branch name',
      { sourceBranch: '-x', targetBranch: 'a..b', title: 'T' },
      ['sourceBranch', 'targetBranch'],
    ],
    [
      'a NUL and a line feed',
      { sourceBranch: 'a', targetBranch: 'b', title: 'T\nU', description: '\0' },
      ['title', 'description'],
    ],
  ])('%s: 400 with all faults at once', async (_case, body, paths) => {
    const answer = await bench.ask('owner', 'POST', '', body)
    const faults = answer.json.error.details as { path: string }[]
    expect([...outcome(answer), faults.map(({ path }) => path)]).toEqual([400, 'VALIDATION_ERROR', paths])
  })

  test('a branch that is not there, or brings nothing, is 422', async () => {
    for (const pair of [
      { sourceBranch: 'nowhere', targetBranch: 'main' },
      { sourceBranch: 'main', targetBranch: 'nowhere' },
    ]) {
      const answer = await bench.ask('owner', 'POST', '', { ...pair, title: 'T' })
      expect([...outcome(answer), answer.json.error.details]).toEqual([
        422,
        'UNPROCESSABLE',
        { reason: 'no such branch', branch: 'nowhere' },
      ])
    }
    await bench.git.ok('push', '-q', '--force', 'origin', `${bench.base}:refs/heads/behind`)
    const nothing = await bench.ask('owner', 'POST', '', {
      sourceBranch: 'behind',
      targetBranch: 'main',
      title: 'T',
    })
    expect(nothing.json.error.details.reason).toMatch(/^nothing to merge/)
    expect(nothing.status).toBe(422)
  })

  test('needs write access; an archived repository takes none', async () => {
    const { branch } = await bench.branch({ 'a.txt': 'e\n' })
    const body = { sourceBranch: branch, targetBranch: 'main', title: 'T' }
    for (const [who, status] of NOBODY_MAY) {
      expect([who, (await bench.ask(who, 'POST', '', body)).status]).toEqual([who, status])
    }
    await bench.stage.ask('owner', 'POST', bench.path.replace(/pulls$/, 'archive'))
    const archived = await bench.ask('owner', 'POST', '', body)
    await bench.stage.ask('owner', 'POST', bench.path.replace(/pulls$/, 'unarchive'))
    expect([archived.status, archived.json.error.details]).toEqual([403, { reason: 'archived' }])
  })
})

describe('GET …/pulls/{id}', () => {
  test('GET /repos/{org}/{repo}/pulls/{id} shows one by number and by id, to every reader', async () => {
    const { id, number } = await bench.pull({ 'b.txt': '1\n' })
    const shown = await bench.read(number)
    for (const which of [id, id.toUpperCase()]) expect(await bench.read(which)).toEqual(shown)
    expect((await bench.ask(null, 'GET', `/${number}`)).json).toEqual(shown)
    expect((await bench.stage.ask(null, 'GET', `/v1${bench.path}/${id}`)).json).toEqual(shown)
  })

  test('304 until something changes: a title, or a push', async () => {
    const { number, branch } = await bench.pull({ 'b.txt': '2\n' })
    const asked = async (etag: string) =>
      bench.ask('owner', 'GET', `/${number}`, undefined, { 'if-none-match': etag })
    const first = (await asked('"x"')).headers.get('etag') ?? ''
    expect(first).toMatch(/^W\//)
    expect([(await asked(first)).status, (await asked(first)).text]).toEqual([304, ''])
    await bench.ask('owner', 'PATCH', `/${number}`, { title: 'New' })
    const second = await asked(first)
    expect(second.status).toBe(200)
    await bench.commit(branch, { 'b.txt': '3\n' })
    expect((await asked(second.headers.get('etag') ?? '')).status).toBe(200)
  })

  test('one that is not there is 404, what can be none 400; a hidden repository shows nothing', async () => {
    for (const id of ['999999', newId()]) {
      expect(outcome(await bench.ask('owner', 'GET', `/${id}`))).toEqual([404, 'NOT_FOUND'])
    }
    for (const id of ['0', '-1', 'x', '1.5', '99999999999']) {
      expect(outcome(await bench.ask('owner', 'GET', `/${id}`))).toEqual([400, 'VALIDATION_ERROR'])
    }
    const hidden = await pullBench(w)
    await hidden.pull({ a: '1' })
    for (const below of ['', '/1', '/1/diff', '/1/commits', '/1/mergeability', '/1/conflicts']) {
      for (const who of [null, 'stranger']) expect((await hidden.ask(who, 'GET', below)).status).toBe(404)
    }
  })
})

describe('GET …/pulls', () => {
  test('GET /repos/{org}/{repo}/pulls lists newest first, in pages, filtered; 304 while nothing changes', async () => {
    const own = await pullBench(w)
    await own.giveRole('writer', 'writer')
    const first = await own.pull({ a: '1' })
    const second = await own.branch({ a: '2' })
    await own.ask('writer', 'POST', '', { sourceBranch: second.branch, targetBranch: 'main', title: 'T' })
    await own.open(second.branch, { targetBranch: first.branch })
    await own.ask('owner', 'POST', '/1/close')

    const numbers = async (query: string) =>
      (await own.ask('owner', 'GET', query)).json.map(({ number }: { number: number }) => number)
    expect(await numbers('')).toEqual([3, 2, 1])
    expect(await numbers('?status=open')).toEqual([3, 2])
    expect(await numbers('?status=closed')).toEqual([1])
    expect(await numbers(`?authorId=${own.stage.accountOf('writer')}`)).toEqual([2])
    expect(await numbers(`?sourceBranch=${encodeURIComponent(first.branch)}`)).toEqual([1])
    expect(await numbers(`?targetBranch=main&limit=1`)).toEqual([2])
    expect(await numbers('?offset=1&limit=5000')).toEqual([2, 1])

    const page = await own.ask('owner', 'GET', '?limit=2')
    const next = /<[^>]*\/pulls(\?[^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
    expect(await numbers(next)).toEqual([1])
    const headers = { 'if-none-match': page.headers.get('etag') ?? '' }
    expect((await own.ask('owner', 'GET', '?limit=2', undefined, headers)).status).toBe(304)
    await own.ask('owner', 'PATCH', '/3', { title: 'New' })
    expect((await own.ask('owner', 'GET', '?limit=2', undefined, headers)).status).toBe(200)
  })

  test.each(['limit=-1', 'limit=x', 'status=merge', 'authorId=me', 'cursor=x', 'sourceBranch=a..b'])(
    '?%s is 400',
    async (query) => {
      expect(outcome(await bench.ask('owner', 'GET', `?${query}`))).toEqual([400, 'VALIDATION_ERROR'])
    },
  )
})

describe('PATCH …/pulls/{id}', () => {
  test('PATCH /repos/{org}/{repo}/pulls/{id} changes what is given; null clears the description', async () => {
    const { number } = await bench.pull({ 'c.txt': '1\n' }, { description: 'why' })
    const patched = await bench.ask('writer', 'PATCH', `/${number}`, { description: null })
    expect(patched.json).toMatchObject({ title: expect.stringMatching(/^Take/), description: null })
    expect(await bench.stage.lastEvent(bench.repo.id)).toMatchObject({
      type: 'pr.updated',
      data: { changed: ['description'] },
    })
    expect((await bench.ask('writer', 'PATCH', `/${number}`, {})).json).toEqual(patched.json)
  })

  test('another target is looked at as at the opening', async () => {
    const { branch: target, head } = await bench.branch({ 'c.txt': '2\n' })
    const { number, branch } = await bench.pull({ 'c.txt': '3\n' })
    const patch = (targetBranch: string) => bench.ask('owner', 'PATCH', `/${number}`, { targetBranch })
    expect(outcome(await patch(branch))).toEqual([400, 'VALIDATION_ERROR'])
    expect(outcome(await patch('nowhere'))).toEqual([422, 'UNPROCESSABLE'])
    await bench.git.ok('push', '-q', 'origin', `${branch}:refs/heads/same-${number}`)
    expect(outcome(await patch(`same-${number}`))).toEqual([422, 'UNPROCESSABLE'])
    const other = await bench.open(branch, { targetBranch: target })
    expect((await patch(target)).json.error).toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { number: other.number },
    })
    await bench.ask('owner', 'POST', `/${other.number}/close`)
    expect((await patch(target)).json).toMatchObject({ targetBranch: target, targetSha: head })
    await bench.ask('owner', 'POST', `/${number}/close`)
    expect(outcome(await patch('main'))).toEqual([422, 'UNPROCESSABLE'])
  })

  test('is for writers and for its author, also when he has become a reader; not for a read-only token', async () => {
    const own = await pullBench(w, { fields: { visibility: 'public' } })
    await own.giveRole('author', 'writer')
    own.stage.narrow('author-reads', 'author', `repo:${own.stage.org}/${own.repo.slug}:read`)
    const { branch } = await own.branch({ a: '1' })
    const body = { sourceBranch: branch, targetBranch: 'main', title: 'T' }
    await own.ask('author', 'POST', '', body)
    await own.giveRole('author', 'reader')
    await own.giveRole('reader', 'reader')
    const patch = (who: string | null) => own.ask(who, 'PATCH', '/1', { title: `by ${who}` })
    expect((await patch('author')).json.title).toBe('by author')
    expect((await own.ask('author', 'POST', '/1/close')).status).toBe(200)
    expect((await own.ask('author', 'POST', '/1/reopen')).status).toBe(200)
    for (const [who, status] of [
      [null, 401],
      ['stranger', 403],
      ['reader', 403],
      ['author-reads', 403],
    ] as const) {
      expect([who, (await patch(who)).status]).toEqual([who, status])
      expect([who, (await own.ask(who, 'POST', '/1/close')).status]).toEqual([who, status])
      expect([who, (await own.ask(who, 'POST', '/1/reopen')).status]).toEqual([who, status])
    }
  })
})

describe('close and reopen', () => {
  test('POST /repos/{org}/{repo}/pulls/{id}/close closes an open one; its tips stay as they were', async () => {
    const { number, branch, head } = await bench.pull({ 'd.txt': '1\n' })
    const closed = await bench.ask('writer', 'POST', `/${number}/close`)
    expect([closed.status, closed.json.status]).toEqual([200, 'closed'])
    expect(await bench.stage.lastEvent(bench.repo.id)).toMatchObject({ type: 'pr.closed' })
    await bench.commit(branch, { 'd.txt': '2\n' })
    expect(await bench.read(number)).toMatchObject({ sourceSha: head, status: 'closed' })
    expect(outcome(await bench.ask('owner', 'POST', `/${number}/close`))).toEqual([409, 'CONFLICT'])
  })

  test('POST /repos/{org}/{repo}/pulls/{id}/reopen opens a closed one at what its branches are now', async () => {
    const { number, branch } = await bench.pull({ 'd.txt': '3\n' })
    expect(outcome(await bench.ask('owner', 'POST', `/${number}/reopen`))).toEqual([409, 'CONFLICT'])
    await bench.ask('owner', 'POST', `/${number}/close`)
    const head = await bench.commit(branch, { 'd.txt': '4\n' })
    const reopened = await bench.ask('owner', 'POST', `/${number}/reopen`)
    expect([reopened.status, reopened.json.sourceSha]).toEqual([200, head])
    expect(await bench.remote(`refs/pull/${number}/head`)).toBe(head)
    expect(await bench.stage.lastEvent(bench.repo.id)).toMatchObject({ type: 'pr.reopened' })
  })

  test('a branch that is gone is 422, another one that is open 409', async () => {
    const { number, branch } = await bench.pull({ 'd.txt': '5\n' })
    await bench.ask('owner', 'POST', `/${number}/close`)
    const other = await bench.open(branch)
    const twice = await bench.ask('owner', 'POST', `/${number}/reopen`)
    expect(twice.json.error).toMatchObject({ code: 'ALREADY_EXISTS', details: { number: other.number } })
    await bench.ask('owner', 'POST', `/${other.number}/close`)
    await bench.git.ok('push', '-q', 'origin', `:${branch}`)
    const gone = await bench.ask('owner', 'POST', `/${number}/reopen`)
    expect([...outcome(gone), gone.json.error.details.branch]).toEqual([422, 'UNPROCESSABLE', branch])
  })
})

describe('diff and commits', () => {
  test('GET /repos/{org}/{repo}/pulls/{id}/diff shows what the source changed since it parted', async () => {
    const { number, branch } = await bench.pull({ 'e.txt': 'one\n', 'with space.txt': 'x\n' })
    await bench.commit('main', { 'main-only.txt': 'm\n' }, { from: 'origin/main' })
    const shown = await bench.ask(null, 'GET', `/${number}/diff`)
    expect(shown.json).toMatchObject([
      { path: 'e.txt', status: 'added', additions: 1, patch: expect.stringContaining('+one') },
      { path: 'with space.txt', status: 'added' },
    ])
    const bare = await bench.ask(null, 'GET', `/${number}/diff?patch=false`)
    expect(bare.json[0]).not.toHaveProperty('patch')
    const headers = { 'if-none-match': shown.headers.get('etag') ?? '' }
    expect((await bench.ask(null, 'GET', `/${number}/diff`, undefined, headers)).status).toBe(304)
    await bench.commit(branch, { 'e.txt': 'two\n' })
    expect((await bench.ask(null, 'GET', `/${number}/diff`, undefined, headers)).status).toBe(200)
  })

  test.each(['text/x-diff', 'text/x-patch, */*;q=0.1'])(
    'Accept: %s gets the patch, which git applies',
    async (accept) => {
      const { number, head } = await bench.pull({ 'f.bin': Buffer.from([0, 1, 2, 255]), 'f.txt': 'f\n' })
      const shown = await bench.ask(null, 'GET', `/${number}/diff`, undefined, { accept })
      expect(shown.headers.get('content-type')).toMatch(/^text\/x-diff/)
      expect(shown.headers.get('vary')).toMatch(/accept/i)
      await bench.git.ok('checkout', '-q', bench.base)
      const applied = await bench.git.gitWith({ input: shown.text }, 'apply', '--index', '-')
      expect(applied.output).toBe('')
      expect(await bench.git.ok('write-tree')).toBe(await bench.git.ok('rev-parse', `${head}^{tree}`))
      await bench.git.ok('reset', '-q', '--hard')
    },
  )

  test('GET /repos/{org}/{repo}/pulls/{id}/commits lists what the target has not, newest first, in steady pages', async () => {
    const { number, branch, head } = await bench.pull({ 'g.txt': '1\n' })
    const second = await bench.commit(branch, { 'g.txt': '2\n' }, { message: 'second\n\nbody' })
    const page = await bench.ask(null, 'GET', `/${number}/commits?limit=1`)
    expect(page.json).toMatchObject([{ sha: second, message: 'second\n\nbody', parentShas: [head] }])
    const next = /<[^>]*(\?[^>]+)>/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
    await bench.commit(branch, { 'g.txt': '3\n' })
    const rest = await bench.ask(null, 'GET', `/${number}/commits${next}`)
    expect(rest.json.map(({ sha }: { sha: string }) => sha)).toEqual([head])
    expect(rest.headers.get('link')).toBeNull()
    expect((await bench.ask(null, 'GET', `/${number}/commits`)).json).toHaveLength(3)
    const headers = { 'if-none-match': rest.headers.get('etag') ?? '' }
    expect((await bench.ask(null, 'GET', `/${number}/commits${next}`, undefined, headers)).status).toBe(304)
    expect(outcome(await bench.ask(null, 'GET', `/${number}/commits?cursor=x`))).toEqual([
      400,
      'VALIDATION_ERROR',
    ])
  })
})
