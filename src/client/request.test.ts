import { describe, expect, test } from 'vitest'
import { requestOf } from './request.ts'

const BASE = 'https://git.example.test'
const REPO = { org: 'acme', repo: 'app' }

describe('the address', () => {
  test.each([
    ['GET /repos/{org}/{repo}', REPO, '/repos/acme/app'],
    ['GET /repos/{org}/{repo}', { org: 'a/b', repo: 'c?d#e f' }, '/repos/a%2Fb/c%3Fd%23e%20f'],
    ['GET /repos/{org}/{repo}', { org: '..%2f', repo: '%2e%2e' }, '/repos/..%252f/%252e%252e'],
    ['GET /repos/{org}/{repo}/pulls/{id}', { ...REPO, id: 7 }, '/repos/acme/app/pulls/7'],
    [
      'GET /repos/{org}/{repo}/branches/{path}',
      { ...REPO, path: 'a/b c' },
      '/repos/acme/app/branches/a/b%20c',
    ],
    [
      'GET /repos/{org}/{repo}/compare/{path}',
      { ...REPO, path: 'a/b...c' },
      '/repos/acme/app/compare/a/b...c',
    ],
    ['GET /repos/{org}/{repo}/commits/{sha}', { ...REPO, sha: 'a/b' }, '/repos/acme/app/commits/a%2Fb'],
    [
      'GET /repos',
      { query: { limit: 5, archived: true, q: 'a&b=c' } },
      '/repos?limit=5&archived=true&q=a%26b%3Dc',
    ],
    ['GET /repos', { query: { limit: undefined } }, '/repos'],
  ] as const)('%s with %j', (operation, args, expected) => {
    const { url } = requestOf(BASE, operation, args)
    expect(url).toBe(BASE + expected)
    expect(new URL(url).href).toBe(url)
  })

  test.each([
    [{ org: '..', repo: 'app' }],
    [{ org: '.', repo: 'app' }],
    [{ org: '', repo: 'app' }],
    [{ org: 'acme' }],
  ])('is not made of %j', (args) => {
    expect(() => requestOf(BASE, 'GET /repos/{org}/{repo}', args)).toThrow(TypeError)
  })

  test.each(['main/../../secret', 'main//file', '/main', 'main/'])(
    'does not leave its route by the path %s',
    (path) => {
      expect(() => requestOf(BASE, 'GET /repos/{org}/{repo}/raw/{path}', { ...REPO, path })).toThrow(
        TypeError,
      )
    },
  )
})

describe('the body', () => {
  test('is JSON, and made anew for each attempt', () => {
    const body: Record<string, unknown> = { orgId: 'acme', name: 'app' }
    const { headers, body: text } = requestOf(BASE, 'POST /repos', { body })
    expect(headers['content-type']).toBe('application/json')
    expect(text()).toBe('{"orgId":"acme","name":"app"}')
    body['name'] = 'lib'
    expect(text()).toBe('{"orgId":"acme","name":"lib"}')
  })

  test('is a form at the token endpoint', () => {
    const { headers, body } = requestOf(BASE, 'POST /oauth/token', {
      body: { grant_type: 'a b', scope: undefined },
    })
    expect(String(body())).toBe('grant_type=a+b')
    expect(headers['content-type']).toBeUndefined()
  })

  test('is absent where there is none', () => {
    const { headers, body } = requestOf(BASE, 'POST /repos/{org}/{repo}/archive', REPO)
    expect(body()).toBeNull()
    expect(headers['content-type']).toBeUndefined()
  })
})

describe('what may be sent twice', () => {
  test.each([
    ['GET /repos', true],
    ['PUT /repos/{org}/{repo}/collaborators/{userId}', true],
    ['DELETE /repos/{org}/{repo}', true],
    ['POST /repos', true],
    ['POST /repos/{org}/{repo}/archive', false],
    ['PATCH /repos/{org}/{repo}', false],
    ['POST /oauth/token', false],
  ] as const)('%s: %s', (operation, expected) => {
    expect(requestOf(BASE, operation, { ...REPO, userId: 'a' }).isIdempotent).toBe(expected)
  })

  test('a POST has a key of its own where the server honours one, and the same for all its attempts', () => {
    const keys = [1, 2].map(() => requestOf(BASE, 'POST /repos', { body: {} }).headers['idempotency-key'])
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[0]).not.toBe(keys[1])
    expect(requestOf(BASE, 'GET /repos', {}).headers).not.toHaveProperty('idempotency-key')
  })

  test('the caller may bring his own', () => {
    const { headers } = requestOf(BASE, 'POST /repos', { body: {} }, { 'idempotency-key': 'mine' })
    expect(headers['idempotency-key']).toBe('mine')
  })
})
