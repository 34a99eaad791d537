/** rest-api.md, sections 1 and 8: what holds for every route. */
import { describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { restServer } from './rest-server.ts'

describe('1. one error envelope for every failure', () => {
  test.each<[string, string | null, string, string, unknown, number, string]>([
    ['400', 'owner', 'POST', '/repos', { orgId: 'acme' }, 400, 'VALIDATION_ERROR'],
    ['401 without a credential', null, 'GET', '/repos', undefined, 401, 'UNAUTHORIZED'],
    ['401 with a bad one', 'forger', 'GET', '/repos/acme/r', undefined, 401, 'UNAUTHORIZED'],
    ['403', 'owner', 'POST', '/internal/repos', {}, 403, 'FORBIDDEN'],
    ['404 of a repository', 'owner', 'GET', '/repos/acme/none', undefined, 404, 'NOT_FOUND'],
    ['404 of a route', 'owner', 'GET', '/nowhere', undefined, 404, 'NOT_FOUND'],
    ['405', 'owner', 'PUT', '/repos', undefined, 405, 'METHOD_NOT_ALLOWED'],
    ['409', 'owner', 'POST', '/repos', { orgId: 'acme', name: 'r' }, 409, 'ALREADY_EXISTS'],
    ['413', 'owner', 'POST', '/repos', { name: 'x'.repeat(2 << 20) }, 413, 'PAYLOAD_TOO_LARGE'],
    ['422', 'owner', 'PATCH', '/repos/acme/r', { defaultBranch: 'none' }, 422, 'UNPROCESSABLE'],
  ])('%s', async (_status, who, method, path, body, status, code) => {
    await using server = await restServer()
    await server.create('owner', { name: 'r' })
    const answer = await server.ask(who, method, path, body)
    expect(answer.status).toBe(status)
    expect(answer.json.error.code).toBe(code)
    expect(Object.keys(answer.json)).toEqual(['error'])
    expect(Object.keys(answer.json.error).sort()).toEqual(['code', 'details', 'message'])
    expect(answer.headers.get('x-request-id')).toBeTruthy()
  })

  test('415', async () => {
    await using server = await restServer()
    const answer = await server.ask('owner', 'POST', '/repos', {}, { 'content-type': 'application/xml' })
    expect([answer.status, answer.json.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
  })

  test('500 never tells the message of an unexpected exception', async () => {
    const create = async () => {
      throw new Error('the secret of the house')
    }
    await using server = await restServer({ storage: { create } })
    const answer = await server.ask('owner', 'POST', '/repos', { orgId: 'acme', name: 'r' })
    expect(answer.json).toEqual({
      error: { code: 'INTERNAL_ERROR', message: 'internal error', details: null },
    })
  })
})

describe('1. every route exists at the root and under /v1', () => {
  test('and /openapi.json describes each once, from the schemas that validate', async () => {
    await using server = await restServer()
    const { json } = await server.ask(null, 'GET', '/openapi.json')
    expect(json.openapi).toMatch(/^3\.1/)
    const routes = Object.entries<object>(json.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    expect(routes).toContain('post /repos')
    expect(routes).toContain('patch /repos/{org}/{repo}')
    expect(routes.filter((route) => route.includes('/v1'))).toEqual([])
    const body = json.paths['/repos'].post.requestBody.content['application/json'].schema
    expect(body.required).toEqual(['orgId', 'name'])
    expect(json.paths['/repos'].post.security).toEqual([{ bearer: [] }])
    expect(json.paths['/health'].get.security).toBeUndefined()
    expect(json.components.schemas.Repository).toBeDefined()
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ')
      const url = path.replaceAll(/\{[^}]+\}/g, 'x')
      expect(server.app.findRoute({ method: method.toUpperCase() as 'GET', url: `/v1${url}` })).not.toBeNull()
    }
  })

  test('GET /docs renders it with nothing from elsewhere', async () => {
    await using server = await restServer()
    for (const root of ['', '/v1']) {
      const page = await server.ask(null, 'GET', `${root}/docs`)
      expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
      const base = `${server.url}${root}/docs`
      const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, file]) => new URL(file ?? '', base),
      )
      expect(files).toHaveLength(3)
      for (const file of files) {
        const answer = await fetch(file)
        expect([file.href, answer.status]).toEqual([file.href, 200])
        expect((await answer.text()).length).toBeGreaterThan(0)
      }
    }
    expect((await server.ask(null, 'GET', '/docs/package.json')).status).toBe(404)
  })
})

describe('8. limits', () => {
  test('429 with a true Retry-After after the budget; RateLimit headers before it', async () => {
    await using server = await restServer({ budgets: { read: 2, write: 1, push: 0 } })
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
    expect((await server.ask('owner', 'POST', '/repos', { orgId: 'acme', name: 'r' })).status).toBe(201)
    expect((await server.ask('other', 'GET', '/repos')).status).toBe(200)
  })

  test('X-Forwarded-For of a stranger buys no second budget', async () => {
    await using server = await restServer({ budgets: { read: 1, write: 0, push: 0 } })
    const from = (address: string) =>
      server.ask(null, 'GET', `/repos/by-id/${newId()}`, undefined, { 'x-forwarded-for': address })
    expect((await from('192.0.2.1')).status).toBe(404)
    expect((await from('192.0.2.2')).status).toBe(429)
  })

  test('health and discovery are not counted', async () => {
    await using server = await restServer({ budgets: { read: 1, write: 1, push: 1 } })
    for (const path of ['/health', '/health/live', '/health/ready', '/', '/api', '/openapi.json']) {
      expect([path, (await server.ask(null, 'GET', path)).status]).toEqual([path, 200])
    }
  })
})
