/** RFC 6749, The OAuth 2.0 Authorization Framework: the token endpoint, its clients and its errors. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restWorld } from '../support/rest.ts'
import {
  ACCESS_TOKEN,
  askForToken,
  basic,
  claimsOf,
  exchange,
  machine,
  refusalOf,
  TOKEN_EXCHANGE,
  type Form,
  type Machine,
} from '../support/token-endpoint.ts'
import type { World } from '../support/world.ts'

let w: World
let service: Machine
beforeAll(async () => {
  w = await restWorld()
  service = await machine(w, { kind: 'service' })
})
afterAll(() => w[Symbol.asyncDispose]())

const login = () => w.token(w.owner.accountId, 'owner')
const exchangeForm = async (): Promise<Form> => ({
  grant_type: TOKEN_EXCHANGE,
  subject_token: await login(),
  subject_token_type: ACCESS_TOKEN,
})
const BY_SECRET = { grant_type: 'client_credentials', scope: 'repo:read' }

async function post(body: string, type = 'application/x-www-form-urlencoded') {
  const answer = await fetch(`${w.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  return { status: answer.status, headers: answer.headers, json: JSON.parse(await answer.text()) }
}

describe('3.2, the endpoint', () => {
  test('takes POST and nothing else', async () => {
    const answer = await fetch(`${w.url}/oauth/token`)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('ignores parameters that it does not know, and takes one without a value for absent', async () => {
    const reply = await askForToken(w, {
      ...(await exchangeForm()),
      colour: 'blue',
      scope: '',
      client_id: '',
    })
    expect(reply.status).toBe(200)
  })

  test.each(['scope', 'subject_token', 'grant_type', 'client_id'])('refuses %s twice', async (name) => {
    const form = { ...(await exchangeForm()), [name]: ['a', 'a'] }
    expect(refusalOf(await askForToken(w, form))).toBe('400 invalid_request')
  })

  test('reads nothing from the query', async () => {
    const query = new URLSearchParams((await exchangeForm()) as Record<string, string>)
    const answer = await fetch(`${w.url}/oauth/token?${query}`, { method: 'POST' })
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_request',
    ])
  })

  test.each([
    ['application/json', '{"grant_type":"client_credentials"}'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['text/plain', 'grant_type=client_credentials'],
  ])('appendix B: a body of type %s is invalid_request', async (type, body) => {
    expect(refusalOf({ text: '', ...(await post(body, type)) })).toBe('400 invalid_request')
  })

  test('a body of more than 64 KiB is invalid_request', async () => {
    const reply = await post(`grant_type=client_credentials&scope=${'a'.repeat(65_536)}`)
    expect([reply.status, reply.json.error]).toEqual([413, 'invalid_request'])
  })
})

describe('2.3.1, the client', () => {
  test('says who it is and proves it in Basic, or in the form', async () => {
    const { account, secret } = service
    const inBasic = await askForToken(w, BY_SECRET, basic(account.id, secret))
    const inForm = await askForToken(w, { ...BY_SECRET, client_id: account.id, client_secret: secret })
    for (const { status, json } of [inBasic, inForm]) {
      expect(status).toBe(200)
      expect(claimsOf(json.access_token)).toMatchObject({ sub: account.id, client_id: account.id })
    }
  })

  test('is public when its secret is empty: an exchange needs no other', async () => {
    const reply = await askForToken(w, await exchangeForm(), basic('ci runner', ''))
    expect(claimsOf(reply.json.access_token)['client_id']).toBe('ci runner')
  })

  test.each(['client_id', 'client_secret'])('does not use Basic and %s at once', async (name) => {
    const form = { ...BY_SECRET, [name]: name === 'client_id' ? service.account.id : service.secret }
    const reply = await askForToken(w, form, basic(service.account.id, service.secret))
    expect(refusalOf(reply)).toBe('400 invalid_request')
  })

  test('is not named by a secret alone', async () => {
    const reply = await askForToken(w, { ...BY_SECRET, client_secret: service.secret })
    expect(refusalOf(reply)).toBe('400 invalid_request')
  })

  test('5.2: a wrong secret is invalid_client, 401, and asks for Basic', async () => {
    const other = await machine(w, { kind: 'service' })
    const wrong: Record<string, string>[] = [
      basic(service.account.id, `${service.secret.slice(0, -1)}!`),
      basic(service.account.id, other.secret),
      basic(service.account.id, await w.token(service.account.id, 'service')),
      basic('nobody', service.secret),
      basic('%00', service.secret),
      { authorization: 'Basic nonsense' },
      { authorization: `Bearer ${service.secret}` },
    ]
    for (const headers of wrong) {
      const reply = await askForToken(w, BY_SECRET, headers)
      expect([refusalOf(reply), reply.headers.get('www-authenticate')]).toEqual([
        '401 invalid_client',
        'Basic realm="sluice"',
      ])
    }
  })

  test('a wrong secret is refused also where none is needed', async () => {
    const reply = await askForToken(w, await exchangeForm(), basic(service.account.id, 'wrong'))
    expect(refusalOf(reply)).toBe('401 invalid_client')
  })
})

describe('4.4, client credentials', () => {
  test('an agent of a person acts for that person', async () => {
    const agent = await machine(w, { ownerId: w.owner.accountId })
    const reply = await askForToken(
      w,
      { grant_type: 'client_credentials', resource: `${w.url}/acme/app` },
      basic(agent.account.id, agent.secret),
    )
    expect(reply.json).toMatchObject({ scope: 'repo:pull repo:push', expires_in: 900 })
    expect(claimsOf(reply.json.access_token)).toMatchObject({
      sub: w.owner.accountId,
      act: { sub: agent.account.id },
      minted_from: [agent.tokenId],
    })
  })

  test('4.4.3: no refresh token comes with it', async () => {
    const { json } = await askForToken(w, BY_SECRET, basic(service.account.id, service.secret))
    expect(Object.keys(json).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
  })

  test('a token lives no longer than the secret', async () => {
    const brief = await machine(w, { kind: 'service' }, { expiresAt: Date.now() + 60_000 })
    const { json } = await askForToken(w, BY_SECRET, basic(brief.account.id, brief.secret))
    expect(json.expires_in).toBeLessThanOrEqual(60)
  })

  test('a secret that may only read gives nothing that writes', async () => {
    const readOnly = { admin: false, repositories: [{ target: { kind: 'all' }, actions: ['read'] }] } as const
    const reader = await machine(w, { ownerId: w.owner.accountId }, { grants: readOnly })
    const ask = (scope: string) =>
      askForToken(w, { ...BY_SECRET, scope }, basic(reader.account.id, reader.secret))
    expect(refusalOf(await ask('repo:write'))).toBe('400 invalid_scope')
    const { json } = await ask('repo:read')
    expect(claimsOf(json.access_token)['within']).toEqual(readOnly)
  })

  test('a public client is invalid_client, and so is none', async () => {
    expect(refusalOf(await askForToken(w, BY_SECRET, basic('ci', '')))).toBe('401 invalid_client')
    expect(refusalOf(await askForToken(w, BY_SECRET))).toBe('401 invalid_client')
  })

  test('5.2: a person with a token of his own is unauthorized_client', async () => {
    const person = await machine(w, { kind: 'user' })
    const reply = await askForToken(w, BY_SECRET, basic(person.account.id, person.secret))
    expect(refusalOf(reply)).toBe('400 unauthorized_client')
  })
})

describe('5, answers', () => {
  test('5.1: no cache keeps a token', async () => {
    const { headers } = await askForToken(w, BY_SECRET, basic(service.account.id, service.secret))
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache'])
  })

  test.each<[string, Form]>([
    ['unsupported_grant_type', { grant_type: 'password', username: 'a', password: 'b' }],
    ['unsupported_grant_type', { grant_type: 'constructor' }],
    ['invalid_request', {}],
    ['invalid_request', { grant_type: TOKEN_EXCHANGE }],
  ])('5.2: %s for %j, as JSON that no cache keeps', async (error, form) => {
    const { status, headers, json } = await askForToken(w, form)
    expect([status, json.error, Object.keys(json)]).toEqual([400, error, ['error', 'error_description']])
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache'])
  })

  test('5.2: a description is short ASCII without quotes, and holds nothing of the request', async () => {
    const planted = 'plänted-"wörds"\\'
    const asked: readonly Form[] = [
      { grant_type: planted },
      { ...(await exchangeForm()), subject_token: planted },
      { ...(await exchangeForm()), subject_token_type: planted },
      { ...(await exchangeForm()), scope: planted },
      { ...(await exchangeForm()), audience: planted },
      { ...(await exchangeForm()), authorization_details: planted },
      { ...(await exchangeForm()), expires_in: planted },
      { ...BY_SECRET, client_id: planted, client_secret: planted },
    ]
    for (const form of asked) {
      const { status, json } = await askForToken(w, form)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(json.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,200}$/)
      expect(json.error_description).not.toMatch(/pl.nted|w.rds/)
    }
  })
})

test('requests of one address are counted, and too many of them wait: 429 with Retry-After', async () => {
  await using own = await restWorld({ SLUICE_RATE_TOKENS_PER_MINUTE: '2' })
  const guess = () => exchange(own, 'a guess')
  expect([refusalOf(await guess()), refusalOf(await guess())]).toEqual(Array(2).fill('400 invalid_request'))
  const third = await guess()
  expect(refusalOf(third)).toBe('429 temporarily_unavailable')
  expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(third.headers.get('cache-control')).toBe('no-store')
})
