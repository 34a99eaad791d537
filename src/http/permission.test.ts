import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, test } from 'vitest'
import { AppError } from '../kernel/errors.ts'
import { UNRESTRICTED, type Action, type Grants, type Role } from '../kernel/grants.ts'
import type { RepoId } from '../kernel/ids.ts'
import { ANONYMOUS, INTERNAL, type Principal } from '../kernel/principal.ts'
import type { Repository } from '../kernel/repository.ts'
import { renderErrors } from './error-rendering.ts'
import { guardRoutes, type PermissionParts } from './permission.ts'
import { addressByPath } from './repository-address.ts'
import type { Access } from './route-config.ts'

const READ_ONLY: Grants = { admin: false, repositories: [{ target: { kind: 'all' }, actions: ['read'] }] }
const signedIn = (accountId: string, grants: Grants = UNRESTRICTED): Principal => ({
  ...ANONYMOUS,
  kind: 'user',
  accountId,
  grants,
})

const PRINCIPALS: Readonly<Record<string, Principal>> = {
  stranger: signedIn('stranger'),
  reader: signedIn('reader'),
  writer: signedIn('writer'),
  owner: signedIn('owner'),
  'owner-with-read-token': signedIn('owner', READ_ONLY),
  admin: { ...signedIn('admin', { ...UNRESTRICTED, admin: true }), administrator: true },
  internal: INTERNAL,
}

describe('who may what', () => {
  const cases: [caller: string, repo: string, action: Action, rest: number, git: number][] = [
    ['nobody', 'public', 'read', 200, 200],
    ['nobody', 'public', 'write', 401, 401],
    ['nobody', 'private', 'read', 404, 401],
    ['nobody', 'private', 'write', 404, 401],
    ['nobody', 'missing', 'read', 404, 401],
    ['nobody', 'missing', 'write', 404, 401],
    ['stranger', 'public', 'read', 200, 200],
    ['stranger', 'public', 'write', 403, 403],
    ['stranger', 'private', 'read', 404, 404],
    ['stranger', 'missing', 'read', 404, 404],
    ['reader', 'private', 'read', 200, 200],
    ['reader', 'private', 'write', 403, 403],
    ['writer', 'private', 'write', 200, 200],
    ['writer', 'private', 'admin', 403, 403],
    ['owner', 'private', 'admin', 200, 200],
    ['owner', 'provisional', 'read', 404, 404],
    ['owner', 'deleted', 'read', 410, 410],
    ['writer', 'deleted', 'read', 404, 404],
    ['owner-with-read-token', 'private', 'write', 403, 403],
    ['admin', 'private', 'admin', 200, 200],
    ['forger', 'public', 'read', 401, 401],
    ['forger', 'private', 'read', 401, 401],
    ['forger', 'missing', 'read', 401, 401],
  ]
  test.each(cases)('%s, %s repository, %s: REST %i, git %i', async (caller, repo, action, rest, git) => {
    const app = server()
    expect((await call(app, `/rest/${action}/o/${repo}`, caller)).statusCode).toBe(rest)
    expect((await call(app, `/git/${action}/o/${repo}`, caller)).statusCode).toBe(git)
  })
})

test('what is hidden and what does not exist give the same answer, byte for byte', async () => {
  const app = server()
  for (const caller of ['nobody', 'stranger']) {
    for (const kind of ['rest', 'git']) {
      const hidden = await call(app, `/${kind}/read/o/private`, caller)
      const missing = await call(app, `/${kind}/read/o/missing`, caller)
      expect({ ...hidden.headers, date: '' }).toEqual({ ...missing.headers, date: '' })
      expect(hidden.body).toBe(missing.body)
    }
  }
})

describe('403 names what is missing', () => {
  test('a role: no challenge, another credential would not help', async () => {
    const answer = await call(server(), '/rest/write/o/private', 'reader')
    expect(answer.json()).toMatchObject({ error: { details: { required: 'repo:write', missing: 'role' } } })
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })

  test('a scope: with the challenge of RFC 6750', async () => {
    const answer = await call(server(), '/rest/write/o/private', 'owner-with-read-token')
    expect(answer.json()).toMatchObject({ error: { details: { required: 'repo:write', missing: 'scope' } } })
    expect(answer.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="repo:write"')
  })
})

describe('a route for', () => {
  test.each([
    ['everybody', '/open', 'nobody', 200],
    ['everybody does not read credentials', '/open', 'forger', 200],
    ['members', '/members', 'nobody', 401],
    ['members', '/members', 'stranger', 200],
    ['members', '/members', 'forger', 401],
    ['administrators', '/admins', 'nobody', 401],
    ['administrators', '/admins', 'owner', 403],
    ['administrators', '/admins', 'admin', 200],
    ['administrators', '/admins', 'internal', 200],
  ])('%s: %s as %s is %i', async (_who, url, caller, status) => {
    expect((await call(server(), url, caller)).statusCode).toBe(status)
  })
})

test('a route that does not say who may call it stops the start', async () => {
  expect(() => server().get('/forgotten', () => 'oops')).toThrow('does not say who may call it')
  const app = server()
  app.register(async (room) => {
    room.get('/forgotten', () => 'oops')
  })
  await expect(app.ready()).rejects.toThrow('GET /forgotten does not say who may call it')
})

test('a handler that asks for a repository its route does not name is a bug, not an undefined', async () => {
  const app = server()
  app.get('/confused', { config: { access: { kind: 'signed-in' } } }, (request) => request.found)
  expect((await call(app, '/confused', 'owner')).statusCode).toBe(500)
})

test('the permission is decided before the body is read', async () => {
  const app = server()
  const answer = await app.inject({
    method: 'POST',
    url: '/members',
    headers: { 'content-type': 'application/json' },
    payload: '{"bad',
  })
  expect(answer.statusCode).toBe(401)
})

test('the same hook that runs for GET runs for HEAD', async () => {
  const answer = await server().inject({ method: 'HEAD', url: '/members' })
  expect(answer.statusCode).toBe(401)
})

test('a missing repository may be provided by the route, and is judged like any other', async () => {
  const asked: string[] = []
  const app = server()
  app.get('/provision/:org/:repo', {
    config: {
      access: {
        kind: 'repository',
        action: 'write',
        address: addressByPath,
        whenMissing: async (_address, principal) => {
          asked.push(principal.accountId ?? '')
          return found({ slug: 'private' }, principal)
        },
      },
    },
    handler: (request) => request.found.repo.slug,
  })
  expect((await call(app, '/provision/o/missing', 'owner')).body).toBe('private')
  expect((await call(app, '/provision/o/missing', 'reader')).statusCode).toBe(403)
  expect((await call(app, '/provision/o/public', 'owner')).body).toBe('public')
  expect(asked).toEqual(['owner', 'reader'])
})

test('reads and writes are counted apart, git only where its route says so', async () => {
  const counted: string[] = []
  const app = server({
    limit: async (rate, principal) => void counted.push(`${rate} ${principal.accountId}`),
  })
  await call(app, '/members', 'owner')
  await app.inject({ method: 'POST', url: '/members', headers: { authorization: 'Bearer owner' } })
  await call(app, '/rest/read/o/private', 'reader')
  await call(app, '/git/read/o/private', 'reader')
  await call(app, '/open', 'reader')
  expect(counted).toEqual(['read owner', 'write owner', 'read reader'])
})

function server(overrides: Partial<PermissionParts> = {}): FastifyInstance {
  const app = Fastify()
  app.setErrorHandler(renderErrors({ error: () => {}, warn: () => {} }))
  guardRoutes(app, {
    authenticate: async (credential) => {
      const principal = PRINCIPALS[credential.secret]
      if (!principal) throw new AppError('INVALID_CREDENTIAL')
      return principal
    },
    find: async (address, principal) => found(address.kind === 'path' ? address : {}, principal),
    limit: async () => {},
    readGate: () => Promise.resolve(null),
    onForbidden: () => {},
    ...overrides,
  })
  const route = (access: Access) => ({ config: { access } })
  for (const action of ['read', 'write', 'admin'] as const) {
    const access = { kind: 'repository', action, address: addressByPath } as const
    app.get(`/rest/${action}/:org/:repo`, route(access), () => 'ok')
    app.get(`/git/${action}/:org/:repo`, { config: { access, errors: 'text' } }, () => 'ok')
  }
  app.get('/open', route({ kind: 'open' }), () => 'ok')
  app.get('/members', route({ kind: 'signed-in' }), () => 'ok')
  app.post('/members', route({ kind: 'signed-in' }), () => 'ok')
  app.get('/admins', route({ kind: 'server-admin' }), () => 'ok')
  return app
}

function call(app: FastifyInstance, url: string, caller: string) {
  return app.inject({ url, headers: caller === 'nobody' ? {} : { authorization: `Bearer ${caller}` } })
}

/** `/o/public`, `/o/private`, `/o/deleted` and `/o/provisional` exist; the role is the account's name. */
function found(address: { slug?: string }, principal: Principal) {
  const slug = address.slug ?? ''
  if (!['public', 'private', 'deleted', 'provisional'].includes(slug)) return null
  const role = ['reader', 'writer', 'owner'].find((r) => r === principal.accountId) as Role | undefined
  const visibility: Repository['visibility'] = slug === 'public' ? 'public' : 'private'
  const state = slug === 'deleted' || slug === 'provisional' ? slug : 'active'
  const id = '0190b0c0-0000-7000-8000-000000000000' as RepoId
  const repo = { id, slug, state } as Repository
  return {
    repo,
    resource: { id, orgId: 'o', orgSlug: 'o', slug, surface: false, visibility, role: role ?? null },
  }
}
