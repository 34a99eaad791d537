/** gate.md, section 2: refreshes by REST, and which operations ask the upstream first. What it brings: scenarios/gate-refresh. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gateWorld, type Gate, type GateWorld } from '../support/gate.ts'

const REPO = '/repos/{org}/{repo}'
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

/** Each shows refs, or builds on them. */
const ASK_FIRST = [
  `GET ${REPO}/branches`,
  `POST ${REPO}/branches`,
  `GET ${REPO}/branches/{path}`,
  `DELETE ${REPO}/branches/{path}`,
  `GET ${REPO}/tags`,
  `POST ${REPO}/tags`,
  `GET ${REPO}/tags/{path}`,
  `DELETE ${REPO}/tags/{path}`,
  `GET ${REPO}/commits`,
  `POST ${REPO}/commits`,
  `GET ${REPO}/commits/{sha}`,
  `GET ${REPO}/commits/{sha}/diff`,
  `GET ${REPO}/compare/{path}`,
  `GET ${REPO}/tree/{path}`,
  `GET ${REPO}/blob/{path}`,
  `GET ${REPO}/raw/{path}`,
  `GET ${REPO}/archive/{path}`,
  `GET ${REPO}/blame/{path}`,
  `GET ${REPO}/search`,
  `GET ${REPO}/pulls`,
  `POST ${REPO}/pulls`,
  `GET ${REPO}/pulls/{id}`,
  `PATCH ${REPO}/pulls/{id}`,
  `POST ${REPO}/pulls/{id}/reopen`,
  `GET ${REPO}/pulls/{id}/diff`,
  `GET ${REPO}/pulls/{id}/commits`,
  `GET ${REPO}/pulls/{id}/conflicts`,
  `GET ${REPO}/pulls/{id}/mergeability`,
  `POST ${REPO}/pulls/{id}/merge`,
]

/** Of those that readers and writers may call: what the server knows by itself. */
const DO_NOT_ASK = [
  `GET ${REPO}`,
  `GET ${REPO}/approvals`,
  `GET ${REPO}/approvals/{id}`,
  `GET ${REPO}/events/stream`,
  `GET ${REPO}/gitconfig`,
  `GET ${REPO}/protections`,
  `GET ${REPO}/protections/{path}`,
  `GET ${REPO}/scan`,
  `GET ${REPO}/upstream/status`,
  `POST ${REPO}/pulls/{id}/close`,
  `POST ${REPO}/upstream/refresh`,
]

let g: GateWorld
let asks: Map<string, boolean>
beforeAll(async () => {
  g = await gateWorld()
  const document = await (await fetch(`${g.world.url}/openapi.json`)).json()
  const { paths } = document as { paths: Record<string, Record<string, { 'x-asks-upstream'?: true }>> }
  asks = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        return [`${method.toUpperCase()} ${path}`, operation['x-asks-upstream'] === true] as const
      }),
    ),
  )
})
afterAll(() => g[Symbol.asyncDispose]())

const ask = (gate: Gate, operation: string, who = g.world.owner) => {
  const [method = '', path = ''] = operation.split(' ')
  const url = g.world.url + gate.at + path.replace(REPO, '').replace(/\{\*?\w+\}/g, 'x')
  return who.fetch(url, { method, ...(method === 'GET' ? {} : { body: '{}' }) })
}

describe('which operations ask the upstream', () => {
  test('every one that shows refs or builds on them does, and no other', () => {
    const asking = [...asks].filter(([, first]) => first).map(([operation]) => operation)
    expect(asking.sort()).toEqual([...ASK_FIRST].sort())
    expect(DO_NOT_ASK.filter((operation) => asks.get(operation) !== false)).toEqual([])
  })

  test.each(ASK_FIRST)('%s is refused while the upstream is gone', async (operation) => {
    g.https.behave('die')
    gone ??= await g.gate()
    const answer = await ask(gone, operation)
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining('"upstream":"127.0.0.1"'),
    ])
  })

  test.each(DO_NOT_ASK.filter((each) => each.startsWith('GET') && !each.includes('stream')))(
    '%s is answered all the same',
    async (operation) => {
      g.https.behave('die')
      gone ??= await g.gate()
      expect((await ask(gone, operation)).status).toBeLessThan(500)
    },
  )
})

let gone: Gate | null = null

describe('POST /repos/{org}/{repo}/upstream/refresh', () => {
  test('POST /repos/{org}/{repo}/upstream/refresh takes over what is there, without a reader', async () => {
    g.https.behave('serve')
    const gate = await g.gate()
    const answer = await ask(gate, `POST ${REPO}/upstream/refresh`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ reachable: true, lastRefreshAt: TIME, lastError: null })
    expect(await gate.refs()).toEqual(await gate.upstream.refs())
  })

  test('is for those who may write', async () => {
    g.https.behave('serve')
    const gate = await g.gate()
    const reader = await g.world.actor('reader', {
      accountId: g.world.owner.accountId,
      scope: `repo:${gate.at.slice('/repos/'.length)}:read`,
    })
    expect((await ask(gate, `POST ${REPO}/upstream/refresh`, gate.agent)).status).toBe(200)
    expect((await ask(gate, `POST ${REPO}/upstream/refresh`, reader)).status).toBe(403)
    expect((await ask(gate, `POST ${REPO}/upstream/refresh`, g.world.stranger)).status).toBe(404)
    expect((await ask(gate, `POST ${REPO}/upstream/refresh`, g.world.nobody)).status).toBe(404)
  })

  test('is 404 where there is no upstream, and 503 where it cannot be asked', async () => {
    const gate = await g.gate()
    const plain = { ...gate, at: '/repos/acme/app' }
    expect((await ask(plain, `POST ${REPO}/upstream/refresh`)).status).toBe(404)
    g.https.behave('die')
    const answer = await ask(gate, `POST ${REPO}/upstream/refresh`)
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { error: { code: 'UNAVAILABLE', details: { upstream: '127.0.0.1', lastRefreshAt: null } } },
    ])
    g.https.behave('serve')
    expect((await ask(gate, `POST ${REPO}/upstream/refresh`)).status).toBe(200)
  })
})
