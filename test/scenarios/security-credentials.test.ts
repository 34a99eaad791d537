/** What attackers do with credentials on the wire, and between the moments at which they are looked at. */
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bearer, newMachine, newToken } from '../support/managed.ts'
import { restWorld, Stage } from '../support/rest.ts'
import {
  ACCESS_TOKEN,
  askForToken,
  claimsOf,
  exchange,
  exchanged,
  revokeToken,
  TOKEN_EXCHANGE,
} from '../support/token-endpoint.ts'
import { statusWith } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

const INTERNAL_TOKEN = 'between-the-services-only-0123456789abcdef'

let w: World
beforeAll(async () => {
  w = await restWorld({ INTERNAL_SERVICE_TOKEN: INTERNAL_TOKEN })
})
afterAll(() => w[Symbol.asyncDispose]())

/** Sends bytes as they are. @returns the status of the first answer, and its body if it came whole */
async function talk(...parts: readonly string[]): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(w.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {}) // it may be closed while something is still on its way
  for (const part of parts) socket.write(part, 'latin1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
    if (/\r\n\r\n/.test(text)) socket.end()
  })
  await new Promise((closed) => socket.once('close', closed))
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text }
}

const ADDRESSES = ['/whoami', '/repos/acme/app', '/acme/app.git/info/refs?service=git-upload-pack'] as const

function get(path: string, ...lines: readonly string[]): Promise<{ status: number; text: string }> {
  const head = [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...lines]
  return talk(`${head.join('\r\n')}\r\n\r\n`)
}

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

describe('HTTP/1.1', () => {
  const token = () => w.owner.token ?? ''

  test('a good credential in one header is understood at each of the addresses', async () => {
    for (const path of ADDRESSES)
      for (const line of [`Authorization: Bearer ${token()}`, `aUTHORIZATION:bEARER   ${token()}  `])
        expect((await get(path, line)).status).toBe(200)
  })

  test.each<[string, () => readonly string[]]>([
    ['folded over two lines', () => ['Authorization: Bearer', ` ${token()}`]],
    ['in a folded line of another header', () => ['Accept: */*', ` Authorization: Bearer ${token()}`]],
    ['with a NUL in it', () => [`Authorization: Bearer ${token()}\0`]],
    ['with a NUL in front', () => [`Authorization: \0Bearer ${token()}`]],
    ['with a NUL in its name', () => [`Authorization\0: Bearer ${token()}`]],
    ['with a space behind its name', () => [`Authorization : Bearer ${token()}`]],
    ['behind a bare line feed', () => [`X: y\nAuthorization: Bearer ${token()}`]],
    ['behind a bare carriage return', () => [`X: y\rAuthorization: Bearer ${token()}`]],
    ['under a very long scheme', () => [`Authorization: ${'Bearer'.repeat(2_000)} ${token()}`]],
    ['under a scheme in other letters', () => [`Authorization: B\xc3\xa9arer ${token()}`]],
    ['behind a tab', () => [`Authorization: Bearer\t${token()}`]],
    ['in quotes', () => [`Authorization: Bearer "${token()}"`]],
    ['as a parameter', () => [`Authorization: Bearer token=${token()}`]],
    ['with a realm', () => [`Authorization: Bearer realm="x", ${token()}`]],
    ['in the header for proxies', () => [`Proxy-Authorization: Bearer ${token()}`]],
    ['under another name', () => [`X-Authorization: Bearer ${token()}`, `Authorisation: Bearer ${token()}`]],
    ['in a cookie', () => [`Cookie: token=${token()}; authorization=Bearer ${token()}`]],
  ])('a credential %s lets nobody in', async (_how, lines) => {
    for (const path of ADDRESSES) {
      const { status, text } = await get(path, ...lines())
      // a server that is not sure says so; one that takes it for something else asks who it is
      expect([400, 401, 404, 431]).toContain(status)
      expect(text).not.toContain('x-sluice-repository')
    }
  })

  test('nor does one in the trailers of a body, or in a second request that was smuggled in', async () => {
    const trailers = [
      'POST /whoami HTTP/1.1',
      'Host: x',
      'Transfer-Encoding: chunked',
      'Trailer: Authorization',
    ]
    const body = `0\r\nAuthorization: Bearer ${token()}\r\n\r\n`
    expect((await talk(`${trailers.join('\r\n')}\r\n\r\n${body}`)).status).not.toBe(200)
    const get = `GET /whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token()}\r\n\r\n`
    const short = `POST /repos HTTP/1.1\r\nHost: x\r\nContent-Length: ${get.length}\r\n\r\n${get}`
    const { text } = await talk(short)
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(text).toMatch(/^HTTP\/1\.1 4/)
  })

  test('10 MB of one header, or of many, are refused without being kept', async () => {
    const before = process.memoryUsage().arrayBuffers
    const megabyte = 'x'.repeat(1024 * 1024)
    for (const start of ['Authorization: Bearer ', 'X-Other: ']) {
      const { status } = await talk(`GET /whoami HTTP/1.1\r\n${start}`, ...Array<string>(10).fill(megabyte))
      expect([0, 431]).toContain(status) // the connection may be gone before anybody reads why
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
    expect(await statusWith(w, token())).toBe(200)
  })
})

describe('two credentials', () => {
  /** Each opens the door by itself. */
  const lines = (): readonly string[] => [
    `Authorization: Bearer ${w.owner.token}`,
    `authorization: Bearer ${w.stranger.token}`,
    `AUTHORIZATION: ${basic(`user:${w.owner.token}`)}`,
    `X-Internal-Token: ${INTERNAL_TOKEN}`,
  ]

  test('are no identity, in whatever order and however often, with others between them', async () => {
    const others = ['Accept: */*', 'X-Authorization: Bearer x', 'Cookie: a=b']
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 2, maxLength: 4 }),
        fc.array(fc.constantFrom(...others), { maxLength: 2 }),
        fc.constantFrom(...ADDRESSES),
        async (which, between, path) => {
          const [first = '', ...rest] = which.map((n) => lines()[n] ?? '')
          expect((await get(path, first, ...between, ...rest)).status).toBe(401)
        },
      ),
      { numRuns: 60 },
    )
    for (const line of lines()) expect((await get('/whoami', line)).status).toBe(200)
  })

  test('in one Basic header are the password alone; the user name is nobody then', async () => {
    const pair = `${w.owner.token}:${w.stranger.token}`
    const { text } = await get('/whoami', `Authorization: ${basic(pair)}`)
    expect(text).toContain(w.stranger.accountId)
    expect(text).not.toContain(w.owner.accountId)
  })

  test('at the OAuth endpoints are a fault of the request or no identity, and name nobody', async () => {
    const form = `token=${w.owner.token}`
    const head = [
      'Host: x',
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${form.length}`,
    ]
    for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/token']) {
      const [one = '', other = ''] = lines()
      const request = [`POST ${path} HTTP/1.1`, ...head, one, other, 'Connection: close', '', form]
      const { status, text } = await talk(request.join('\r\n'))
      expect([400, 401]).toContain(status)
      expect(text).toMatch(/"error":"invalid_(?:request|client|token)"/)
    }
    expect(await statusWith(w, w.owner.token ?? '')).toBe(200)
  })
})

describe('parameters that come twice', () => {
  test('a service is asked for once, or not at all: nobody pushes with the permission to read', async () => {
    const server = new Stage(w)
    const { id, slug } = await server.create('owner', { name: 'twice' })
    await server.giveRole(id, 'reader', 'reader')
    for (const query of [
      'service=git-upload-pack&service=git-receive-pack',
      'service=git-receive-pack&service=git-upload-pack',
      'service[]=git-upload-pack&service=git-receive-pack',
    ]) {
      const answer = await server.ask('reader', 'GET', `/${server.org}/${slug}.git/info/refs?${query}`)
      expect([400, 403]).toContain(answer.status)
      expect(answer.text).not.toContain('report-status')
    }
  })

  test('what would be a claim is no parameter: nobody writes his own lineage, limits, subject or actor', async () => {
    const token = w.owner.token ?? ''
    const plain = claimsOf(await exchanged(w, token, { scope: 'repo:read' }))
    const forged = await exchanged(w, token, {
      scope: 'repo:read',
      minted_from: '[]',
      within: JSON.stringify({ admin: true, repositories: [] }),
      sub: w.stranger.accountId,
      act: JSON.stringify({ sub: w.stranger.accountId }),
      jti: 'mine',
      iss: 'mine',
      exp: '9999999999',
    })
    const { jti: _j, iat: _i, exp: _e, ...claims } = claimsOf(forged)
    const { jti: _pj, iat: _pi, exp: _pe, ...expected } = plain
    expect(claims).toEqual(expected)
  })
})

test('a copy of the database opens nothing: no text in it is a credential of any kind', async () => {
  const server = new Stage(w)
  const machine = await newMachine(server, 'ann')
  await newToken(server, 'ann', { account: machine.id })
  await using database = await w.openDatabase()
  const texts = new Set<string>()
  for (const { name } of await database.kysely.introspection.getTables()) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(
      database.kysely,
    )
    for (const row of rows)
      for (const value of Object.values(row))
        if (typeof value === 'string' && /^[\w.~+/=-]{8,8192}$/.test(value)) texts.add(value)
  }
  expect(texts.size).toBeGreaterThan(20)
  for (const text of texts) {
    expect([text, await statusWith(w, text)]).toEqual([text, 401])
    const asClient = { grant_type: 'client_credentials', client_id: machine.id, client_secret: text }
    expect((await askForToken(w, asClient)).status).toBe(401)
  }
})

describe('between two looks', () => {
  test('what is exchanged while its token is being revoked is refused as well', async () => {
    const server = new Stage(w)
    for (let round = 0; round < 5; round++) {
      const parent = await newToken(server, 'ann', { scope: 'repo:read' })
      const asked = Array.from({ length: 12 }, () => exchange(w, parent.token, { scope: 'repo:read' }))
      const revoked = server.ask('ann', 'DELETE', `/tokens/${parent.id}`)
      const children = (await Promise.all(asked)).flatMap(({ json }) => json.access_token ?? [])
      expect((await revoked).status).toBe(204)
      for (const child of children) expect(await statusWith(w, child)).toBe(401)
    }
  })

  test('so is a long-lived token that is made meanwhile', async () => {
    const server = new Stage(w)
    for (let round = 0; round < 5; round++) {
      const parent = await newToken(server, 'ann')
      const wanted = { name: 'child' }
      const asked = Array.from({ length: 8 }, () =>
        server.ask(null, 'POST', '/tokens', wanted, bearer(parent)),
      )
      const revoked = server.ask('ann', 'DELETE', `/tokens/${parent.id}`)
      const children = (await Promise.all(asked)).flatMap(({ json }) => json.token ?? [])
      expect((await revoked).status).toBe(204)
      for (const child of children) expect(await statusWith(w, child)).toBe(401)
    }
  })

  test('a token that many use while it is being revoked is refused to all of them from then on', async () => {
    const server = new Stage(w)
    const { id, token } = await newToken(server, 'ann')
    let over = false
    const use = async () => {
      const late: number[] = []
      while (!over) await statusWith(w, token)
      for (let i = 0; i < 5; i++) late.push(await statusWith(w, token))
      return late
    }
    const users = Array.from({ length: 8 }, use)
    expect((await server.ask('ann', 'DELETE', `/tokens/${id}`)).status).toBe(204)
    over = true
    expect(new Set((await Promise.all(users)).flat())).toEqual(new Set([401]))
  })

  test('revoked by another process, a token is refused within a tenth of a second', async () => {
    const server = new Stage(w)
    const { id, token } = await newToken(server, 'ann')
    expect(await statusWith(w, token)).toBe(200)
    await revokeToken(w, id)
    const revokedAt = performance.now()
    let lastGoodAt = 0
    for (let status = 200; status === 200;) {
      const askedAt = performance.now() - revokedAt
      status = await statusWith(w, token)
      if (status === 200) lastGoodAt = askedAt
    }
    expect(lastGoodAt).toBeLessThan(100)
  })
})

test('an exchange makes nothing of the digest, the id or a part of a token', async () => {
  const token = w.owner.token ?? ''
  const [head = '', payload = '', signature = ''] = token.split('.')
  for (const wrong of [
    createHash('sha256').update(token).digest('hex'),
    String(claimsOf(await exchanged(w, token))['jti']),
    `${head}.${payload}`,
    `${head}.${payload}.`,
    `${head}..${signature}`,
    `.${payload}.${signature}`,
    `${token}.${signature}`,
    ` ${token}`,
    `Bearer ${token}`,
  ]) {
    const form = { grant_type: TOKEN_EXCHANGE, subject_token: wrong, subject_token_type: ACCESS_TOKEN }
    const { status, json } = await askForToken(w, form)
    expect([status, json.error]).toEqual([400, 'invalid_request'])
  }
})
