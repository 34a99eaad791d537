/** RFC 9396, Rich Authorization Requests: what `authorization_details` ask for and get. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import { claimsOf, details, exchange, exchanged, refusalOf } from '../support/token-endpoint.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

const login = (opts: Parameters<World['token']>[2] = {}) => w.token(w.owner.accountId, 'owner', opts)
const ask = async (...entries: readonly object[]) =>
  exchange(w, await login(), { authorization_details: details(...entries) })

const ONE_BRANCH = {
  type: 'git_repository',
  identifier: 'acme/app',
  actions: ['write'],
  refs: ['refs/heads/agent-7/*'],
  refRules: [{ ref: 'refs/heads/agent-7/keep', deny: ['force', 'delete'] }],
  paths: ['docs/**'],
  maxPackBytes: 1_000_000,
}

describe('7, the answer', () => {
  test('tells the details as they were granted, and the token carries them', async () => {
    const { status, json } = await ask(ONE_BRANCH)
    expect([status, json.authorization_details, json.scope]).toEqual([200, [ONE_BRANCH], undefined])
    expect(claimsOf(json.access_token)['authorization_details']).toEqual([ONE_BRANCH])
  })

  test('tells scope and details side by side', async () => {
    const authorization_details = details({ identifier: w.repo.id, actions: ['admin'] })
    const { json } = await exchange(w, await login(), { scope: 'repo:read', authorization_details })
    expect([json.scope, json.authorization_details[0].identifier]).toEqual(['repo:read', w.repo.id])
  })

  test('tells a narrowed token that asks for nothing what it has already', async () => {
    const narrowed = await login({ authorizationDetails: [ONE_BRANCH] })
    const { json } = await exchange(w, narrowed)
    expect([json.scope, json.authorization_details]).toEqual([undefined, [ONE_BRANCH]])
  })

  test('leaves out what the subject may not do any more', async () => {
    const gone = { type: 'git_repository', identifier: 'acme/gone', actions: ['write'] }
    const { json } = await exchange(w, await login({ authorizationDetails: [ONE_BRANCH, gone] }))
    expect(json.authorization_details).toEqual([ONE_BRANCH])
  })
})

describe('5, what is refused', () => {
  test.each<[string, string]>([
    ['what is no JSON', '[{'],
    ['an object', '{"type":"git_repository"}'],
    ['an empty list', '[]'],
    ['an entry without a type', '[{"identifier":"acme/app","actions":["read"]}]'],
    ['an unknown type', '[{"type":"payment_initiation","identifier":"acme/app","actions":["read"]}]'],
    [
      'an unknown type beside a known one',
      '[{"type":"git_repository","identifier":"acme/app","actions":["read"]},{"type":"other"}]',
    ],
    ['an unknown member', details({ identifier: 'acme/app', actions: ['read'], until: 'tomorrow' })],
    ['a member of the wrong type', details({ identifier: 'acme/app', actions: ['write'], refs: 'refs/*' })],
    ['an unknown action', details({ identifier: 'acme/app', actions: ['own'] })],
    ['no action', details({ identifier: 'acme/app', actions: [] })],
    ['no repository', details({ actions: ['read'] })],
    ['a ref that is no full name', details({ identifier: 'acme/app', actions: ['write'], refs: ['main'] })],
    [
      'more than a hundred entries',
      details(...Array(101).fill({ identifier: 'acme/app', actions: ['read'] })),
    ],
  ])('%s is invalid_authorization_details', async (_case, authorization_details) => {
    const reply = await exchange(w, await login(), { authorization_details })
    expect(refusalOf(reply)).toBe('400 invalid_authorization_details')
  })

  test('so is one good entry among others that are not', async () => {
    const good = { identifier: 'acme/app', actions: ['read'] }
    const reply = await ask(good, { identifier: 'acme/absent', actions: ['read'] })
    expect(refusalOf(reply)).toBe('400 invalid_authorization_details')
  })

  test.each([['write'], ['admin'], ['create']])(
    'so is %s, when the presented token may read',
    async (action) => {
      const reader = await login({ scope: 'repo:read' })
      const authorization_details = details({ identifier: 'acme/app', actions: [action] })
      expect(refusalOf(await exchange(w, reader, { authorization_details }))).toBe(
        '400 invalid_authorization_details',
      )
    },
  )

  test('so is another repository than the audience names', async () => {
    const asked = (identifier: string) => ({
      audience: `${w.url}/acme/app`,
      authorization_details: details({ identifier, actions: ['read'] }),
    })
    const { slug } = await new Stage(w).create('owner', { name: 'r' })
    expect(refusalOf(await exchange(w, await login(), asked(`acme/${slug}`)))).toBe(
      '400 invalid_authorization_details',
    )
    expect((await exchange(w, await login(), asked(w.repo.id))).status).toBe(200)
  })

  test('an unknown, a hidden and a forbidden repository are answered alike, byte by byte', async () => {
    const server = new Stage(w)
    const hidden = await server.create('owner', { name: 'hidden' })
    const stranger = await w.token(server.accountOf('stranger'), 'stranger')
    const narrowed = await w.token(server.accountOf('owner'), 'owner', { scope: 'repo:acme/else:read' })
    const of = (token: string, identifier: string) =>
      exchange(w, token, { authorization_details: details({ identifier, actions: ['read'] }) })
    const answers = await Promise.all([
      of(stranger, `${server.org}/absent`),
      of(stranger, `${server.org}/hidden`),
      of(stranger, hidden.id),
      of(stranger, randomUUID()),
      of(narrowed, `${server.org}/hidden`),
    ])
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  })
})

describe('2, what they grant', () => {
  test('a repository that the token may make need not be there yet', async () => {
    const name = `brief-${randomUUID().slice(0, 8)}`
    const entry = { identifier: `acme/${name}`, actions: ['write', 'create'], expiresRepo: 60 }
    const token = await exchanged(w, await login(), { authorization_details: details(entry) })
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ orgId: 'acme', name })
    const made = await fetch(`${w.url}/repos`, { method: 'POST', headers, body })
    expect(made.status).toBe(201)
  })

  test('nobody makes one in an organisation that he does not belong to', async () => {
    const stranger = await w.token(w.stranger.accountId, 'stranger')
    const authorization_details = details({ identifier: 'acme/mine', actions: ['write', 'create'] })
    expect(refusalOf(await exchange(w, stranger, { authorization_details }))).toBe(
      '400 invalid_authorization_details',
    )
  })

  test('an entry may be wider than the presented token, whose limits hold all the same', async () => {
    const narrowed = await login({ authorizationDetails: [ONE_BRANCH] })
    const entry = { identifier: 'acme/app', actions: ['write'], refs: ['refs/heads/*'] }
    const token = await exchanged(w, narrowed, { authorization_details: details(entry) })
    const commit = (branch: string, path: string) =>
      fetch(`${w.url}/repos/acme/app/commits`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ branch, message: 'm', changes: [{ action: 'put', path, content: 'x' }] }),
      }).then((answer) => answer.status)
    expect(await commit('agent-7/a', 'docs/a.md')).toBe(201)
    expect([await commit('main', 'docs/b.md'), await commit('agent-7/b', 'src/a.ts')]).toEqual([403, 403])
  })
})
