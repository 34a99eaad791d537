/** rest-api.md, sections 1 and 8: what holds for every route, those for git among them. */
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { brokenDisk, restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let stage: Stage
beforeAll(async () => {
  w = await restWorld()
  stage = new Stage(w)
  await stage.create('owner', { name: 'r' })
})
afterAll(() => w[Symbol.asyncDispose]())

describe('1. one error envelope for every failure', () => {
  const xml = { 'content-type': 'application/xml' }
  test.each<[string, string | null, string, string, unknown, Record<string, string>, number, string]>([
    ['400', 'owner', 'POST', '/repos', { orgId: 'acme' }, {}, 400, 'VALIDATION_ERROR'],
    ['400 of a query', 'owner', 'GET', '/repos?limit=x', undefined, {}, 400, 'VALIDATION_ERROR'],
    ['400 of an address', 'owner', 'GET', '/repos/%zz/r', undefined, {}, 400, 'VALIDATION_ERROR'],
    ['401 without a credential', null, 'GET', '/repos', undefined, {}, 401, 'UNAUTHORIZED'],
    ['401 with a bad one', 'forger', 'GET', '/repos/{org}/r', undefined, {}, 401, 'UNAUTHORIZED'],
    ['403', 'owner', 'POST', '/internal/repos', {}, {}, 403, 'FORBIDDEN'],
    ['404 of a repository', 'owner', 'GET', '/repos/{org}/none', undefined, {}, 404, 'NOT_FOUND'],
    ['404 of a route', 'owner', 'GET', '/nowhere', undefined, {}, 404, 'NOT_FOUND'],
    ['405', 'owner', 'PUT', '/repos', undefined, {}, 405, 'METHOD_NOT_ALLOWED'],
    ['409', 'owner', 'POST', '/repos', { orgId: '{org}', name: 'r' }, {}, 409, 'ALREADY_EXISTS'],
    ['413', 'owner', 'POST', '/repos', { name: 'x'.repeat(2 << 20) }, {}, 413, 'PAYLOAD_TOO_LARGE'],
    ['415', 'owner', 'POST', '/repos', {}, xml, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['422', 'owner', 'PATCH', '/repos/{org}/r', { defaultBranch: 'none' }, {}, 422, 'UNPROCESSABLE'],
  ])('%s', async (_status, who, method, path, body, headers, status, code) => {
    for (const root of ['', '/v1']) {
      const answer = await stage.ask(
        who,
        method,
        root + inOrg(path),
        body && JSON.parse(inOrg(JSON.stringify(body))),
        headers,
      )
      expect([answer.status, answer.json?.error.code]).toEqual([status, code])
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(Object.keys(answer.json)).toEqual(['error'])
      expect(Object.keys(answer.json.error).sort()).toEqual(['code', 'details', 'message'])
      expect(answer.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]+$/)
    }
  })

  test('bad JSON is 400', async () => {
    const token = await w.token(stage.accountOf('owner'), 'owner')
    const answer = await fetch(`${w.url}/repos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"name":',
    })
    expect([answer.status, await answer.json()]).toEqual([
      400,
      {
        error: {
          code: 'VALIDATION_ERROR',
          message: 'body is not valid JSON',
          details: [{ path: '', message: 'is not valid JSON' }],
        },
      },
    ])
  })

  test('500 never tells the message of an unexpected exception', async () => {
    await using _broken = await brokenDisk(w)
    const answer = await stage.ask('owner', 'POST', '/repos', { orgId: stage.org, name: 'never' })
    expect([answer.status, answer.json]).toEqual([
      500,
      { error: { code: 'INTERNAL_ERROR', message: 'internal error', details: null } },
    ])
    expect(answer.headers.get('x-request-id')).toBeTruthy()
  })

  test.each([
    ['no HTTP', 'garbage\r\n\r\n', 400],
    ['headers of a megabyte', `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(1 << 20)}\r\n\r\n`, 431],
  ])('%s, which never becomes a request', async (_case, bytes, status) => {
    const [head = '', body = ''] = (await exchange(bytes)).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toMatch(/\r\nX-Request-Id: \S+/i)
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'VALIDATION_ERROR' } })
  })
})

describe('1. every response carries X-Request-Id, the one that was sent', () => {
  test.each<[string, string | null, string, string, number]>([
    ['an answer', 'owner', 'GET', '/repos/{org}/r', 200],
    ['an open route', null, 'GET', '/health/live', 200],
    ['a failure', null, 'GET', '/repos', 401],
    ['an unknown route', null, 'GET', '/nowhere', 404],
    ['another method', null, 'DELETE', '/repos', 405],
    ['a broken address', null, 'GET', '/%zz', 400],
    ['an advertisement', 'owner', 'GET', '/{org}/r.git/info/refs?service=git-upload-pack', 200],
    ['a challenge of git', null, 'GET', '/{org}/r.git/info/refs?service=git-upload-pack', 401],
    ['dumb HTTP', 'owner', 'GET', '/{org}/r.git/info/refs', 403],
    ['a fetch that is none', 'owner', 'POST', '/{org}/r.git/git-upload-pack', 415],
    ['a push that is none', 'owner', 'POST', '/{org}/r.git/git-receive-pack', 415],
    ['another method of git', 'owner', 'PUT', '/{org}/r.git/git-receive-pack', 405],
  ])('%s', async (_case, who, method, path, status) => {
    const body = method === 'POST' ? {} : undefined
    const answer = await stage.ask(who, method, inOrg(path), body, { 'x-request-id': 'find-me-7' })
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([status, 'find-me-7'])
  })

  test('a fetch and a push of stock git', async () => {
    const { owner, agent } = w
    const trace = `${owner.dir}/trace`
    await owner.start(w.repo.url)
    await owner.commit('a.txt', 'a')
    const headers = { env: { GIT_TRACE_CURL: trace, GIT_TRACE_CURL_NO_DATA: '1' } }
    expect((await owner.gitWith(headers, 'push', '-q', 'origin', 'main')).code).toBe(0)
    expect((await agent.gitWith(headers, 'clone', '-q', w.repo.url, 'copy')).code).toBe(0)
    const text = await readFile(trace, 'utf8')
    const answers = text.split(/<= recv header: HTTP\/1\.1 /i).slice(1)
    expect(answers.length).toBeGreaterThanOrEqual(4)
    for (const answer of answers) expect(answer).toMatch(/<= recv header: x-request-id: \S+/i)
  })
})

describe('1. HEAD answers as GET does, without the body', () => {
  test.each<[string | null, string]>([
    [null, '/'],
    [null, '/api'],
    [null, '/health'],
    [null, '/openapi.json'],
    ['owner', '/repos'],
    ['owner', '/repos/{org}/r'],
    ['owner', '/repos/{org}/none'],
  ])('%s %s', async (who, path) => {
    const [get, head] = [await stage.ask(who, 'GET', inOrg(path)), await stage.ask(who, 'HEAD', inOrg(path))]
    expect([head.status, head.text]).toEqual([get.status, ''])
    for (const name of ['content-type', 'content-length', 'etag'])
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)])
  })
})

test('1. 405, and OPTIONS without a failure, name the methods that exist there', async () => {
  for (const [method, path, allow] of [
    ['PUT', '/repos', 'GET, HEAD, POST'],
    ['POST', '/repos/{org}/r', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/{org}/r.git/git-receive-pack', 'POST'],
    ['POST', '/{org}/r.git/info/refs', 'GET, HEAD'],
  ] as const) {
    const answer = await stage.ask('owner', method, inOrg(path))
    expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, allow])
    const options = await stage.ask(null, 'OPTIONS', inOrg(path))
    expect([path, options.status, options.headers.get('allow')]).toEqual([path, 204, allow])
  }
  expect((await stage.ask(null, 'OPTIONS', '/nowhere')).status).toBe(404)
})

describe('8. limits', () => {
  test('429 with a true Retry-After after the budget; RateLimit headers before it', async () => {
    await using tight = await restWorld(budgets({ reads: 2, writes: 2, pushes: 0 }))
    const server = new Stage(tight)
    const first = await server.ask('owner', 'GET', '/repos')
    expect([first.headers.get('ratelimit-limit'), first.headers.get('ratelimit-remaining')]).toEqual([
      '2',
      '1',
    ])
    await server.ask('owner', 'GET', '/repos')
    const third = await server.ask('owner', 'GET', '/repos')
    expect([third.status, third.json.error.code]).toEqual([429, 'RATE_LIMITED'])
    const retryAfter = Number(third.headers.get('retry-after'))
    expect(retryAfter).toBe(Number(third.headers.get('ratelimit-reset')))
    expect(retryAfter).toBeGreaterThan(0)
    await server.create('owner', { name: 'r' })
    expect((await server.ask('other', 'GET', '/repos')).status).toBe(200)
  })

  test('X-Forwarded-For of a stranger buys no second budget', async () => {
    await using tight = await restWorld(budgets({ reads: 1, writes: 0, pushes: 0 }))
    const server = new Stage(tight)
    const from = (address: string) =>
      server.ask(null, 'GET', `/repos/by-id/${newId()}`, undefined, { 'x-forwarded-for': address })
    expect((await from('192.0.2.1')).status).toBe(404)
    expect((await from('192.0.2.2')).status).toBe(429)
  })

  test('health and discovery are not counted', async () => {
    await using tight = await restWorld(budgets({ reads: 1, writes: 1, pushes: 1 }))
    const server = new Stage(tight)
    for (const path of ['/health', '/health/live', '/health/ready', '/', '/api', '/openapi.json']) {
      expect([path, (await server.ask(null, 'GET', path)).status]).toEqual([path, 200])
    }
  })
})

function budgets({ reads, writes, pushes }: Record<'reads' | 'writes' | 'pushes', number>) {
  return {
    SLUICE_RATE_READS_PER_MINUTE: String(reads),
    SLUICE_RATE_WRITES_PER_MINUTE: String(writes),
    SLUICE_RATE_PUSHES_PER_MINUTE: String(pushes),
  }
}

function inOrg(text: string): string {
  return text.replaceAll('{org}', stage.org)
}

/** Sends bytes as they are and reads until the server closes. */
async function exchange(bytes: string): Promise<string> {
  const { port, hostname } = new URL(w.url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}
