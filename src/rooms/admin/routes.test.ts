/** What the server says of itself when parts of it do not work. The whole server is in test/conformance/rest-2. */
import { describe, expect, test } from 'vitest'
import { createServer } from '../../http/server.ts'
import { ANONYMOUS } from '../../kernel/principal.ts'
import { healthCheck, type Component } from './probes.ts'
import { adminRoutes, type AdminRoutesParts } from './routes.ts'

const works: Component['probe'] = async () => {}
const fails: Component['probe'] = async () => {
  throw new Error('no')
}

test('GET / gives a browser the console and a nostr client the relay document, where they exist', async () => {
  const get = await serving({
    representations: {
      'text/html': (_request, reply) => reply.type('text/html').send('<console>'),
      'application/nostr+json': (_request, reply) =>
        reply.type('application/nostr+json').send('{"name":"r"}'),
    },
  })
  expect((await get('/', 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8')).body).toBe('<console>')
  expect((await get('/', 'application/nostr+json')).body).toBe('{"name":"r"}')
  expect((await get('/', '*/*')).json()).toMatchObject({ apiVersion: '1' })
  expect((await get('/', 'application/json')).headers['vary']).toBe('Accept')
})

describe('GET /health', () => {
  test.each<[string, Component['probe'], Component['probe'], number, string]>([
    ['all work', works, works, 200, 'ok'],
    ['jobs stand still', works, fails, 200, 'degraded'],
    ['the database is gone', fails, works, 503, 'down'],
  ])('when %s', async (_case, database, jobs, status, word) => {
    const get = await serving({
      check: healthCheck([
        { name: 'database', probe: database, vital: true },
        { name: 'jobs', probe: jobs, vital: false },
      ]),
    })
    const answer = await get('/health')
    const of = (probe: Component['probe']) => (probe === works ? 'ok' : 'down')
    expect([answer.statusCode, answer.json()]).toEqual([
      status,
      { status: word, components: { database: of(database), jobs: of(jobs) } },
    ])
  })
})

describe('GET /health/ready', () => {
  test.each<['starting' | 'serving' | 'draining', Component['probe'], number, string]>([
    ['serving', works, 200, 'ready'],
    ['starting', works, 503, 'starting'],
    ['draining', works, 503, 'draining'],
    ['serving', fails, 503, 'no-database'],
  ])('while %s', async (phase, probe, status, word) => {
    const check = healthCheck([{ name: 'database', probe, vital: true }])
    const get = await serving({ check, phase: () => phase })
    const answer = await get('/health/ready')
    expect([answer.statusCode, answer.json()]).toEqual([status, { status: word }])
    expect((await get('/health/live')).statusCode).toBe(200)
  })
})

test('GET /metrics is Prometheus text with our figures as they are now', async () => {
  let pushes = 7
  const get = await serving({
    metrics: [
      { name: 'sluice_pushes_total', help: 'pushes', kind: 'counter', read: () => pushes },
      {
        name: 'sluice_git_processes',
        help: 'running',
        kind: 'gauge',
        labelNames: ['command'],
        read: () => [{ labels: { command: 'upload-pack' }, value: 2 }],
      },
    ],
  })
  await get('/metrics')
  pushes = 8
  const answer = await get('/metrics')
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(answer.body).toContain('\nsluice_pushes_total 8\n')
  expect(answer.body).toContain('\nsluice_git_processes{command="upload-pack"} 2\n')
  expect(answer.body).toContain('process_cpu_seconds_total')
})

async function serving(parts: Partial<AdminRoutesParts>) {
  const app = createServer({
    log: { error: () => {}, warn: () => {} },
    trustedProxies: [],
    corsOrigins: [],
    isOpenToPages: false,
    slowRequestMs: 60_000,
    permission: {
      authenticate: async () => ANONYMOUS,
      find: async () => null,
      limit: async () => {},
      readGate: () => Promise.resolve(null),
      onForbidden: () => {},
    },
  })
  await app.register(adminRoutes, {
    publicBaseUrl: 'https://git.example.test',
    issuer: 'https://git.example.test',
    features: [],
    representations: {},
    check: healthCheck([]),
    phase: () => 'serving',
    metrics: [],
    ...parts,
  })
  return (url: string, accept = '*/*') => app.inject({ url, headers: { accept } })
}
