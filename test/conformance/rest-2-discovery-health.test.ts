/** rest-api.md, section 2. */
import { describe, expect, test } from 'vitest'
import type { Component } from '../../src/rooms/admin/probes.ts'
import { restServer } from './rest-server.ts'

const works: Component['probe'] = async () => {}
const fails: Component['probe'] = async () => {
  throw new Error('no')
}

test.each(['/', '/api', '/v1', '/v1/api'])('GET %s describes the server to anybody', async (path) => {
  await using server = await restServer()
  const answer = await server.ask(null, 'GET', path)
  expect(answer.json).toEqual({
    apiVersion: '1',
    baseUrl: 'https://git.example.test',
    gitUrlPrefix: 'https://git.example.test',
    auth: 'bearer',
    issuer: 'https://git.example.test',
    jwksUri: 'https://git.example.test/.well-known/jwks.json',
    features: ['repositories'],
  })
})

test('GET / gives a browser the console and a nostr client the relay document, where they exist', async () => {
  await using server = await restServer({
    admin: {
      representations: {
        'text/html': (_request, reply) => reply.type('text/html').send('<console>'),
        'application/nostr+json': (_request, reply) =>
          reply.type('application/nostr+json').send('{"name":"r"}'),
      },
    },
  })
  const accepting = (accept: string) => server.ask(null, 'GET', '/', undefined, { accept })
  expect((await accepting('text/html,application/xhtml+xml;q=0.9,*/*;q=0.8')).text).toBe('<console>')
  expect((await accepting('application/nostr+json')).text).toBe('{"name":"r"}')
  expect((await accepting('*/*')).json.apiVersion).toBe('1')
  expect((await accepting('application/json')).headers.get('vary')).toBe('Accept')
})

describe('GET /health', () => {
  test.each<[string, Component['probe'], Component['probe'], number, string]>([
    ['all work', works, works, 200, 'ok'],
    ['jobs stand still', works, fails, 200, 'degraded'],
    ['the database is gone', fails, works, 503, 'down'],
  ])('when %s', async (_case, database, jobs, status, word) => {
    await using server = await restServer({
      components: [
        { name: 'database', probe: database, vital: true },
        { name: 'jobs', probe: jobs, vital: false },
      ],
    })
    const answer = await server.ask(null, 'GET', '/health')
    expect([answer.status, answer.json]).toEqual([
      status,
      {
        status: word,
        components: { database: database === works ? 'ok' : 'down', jobs: jobs === works ? 'ok' : 'down' },
      },
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
    await using server = await restServer({
      components: [{ name: 'database', probe, vital: true }],
      admin: { phase: () => phase },
    })
    const answer = await server.ask(null, 'GET', '/health/ready')
    expect([answer.status, answer.json]).toEqual([status, { status: word }])
    expect((await server.ask(null, 'GET', '/health/live')).status).toBe(200)
  })
})

describe('GET /metrics', () => {
  const metrics = [
    { name: 'sluice_pushes_total', help: 'pushes', kind: 'counter', read: () => 7 },
    {
      name: 'sluice_git_processes',
      help: 'running',
      kind: 'gauge',
      labelNames: ['command'],
      read: () => [{ labels: { command: 'upload-pack' }, value: 2 }],
    },
  ] as const

  test('is Prometheus text with our counters, also when asked twice', async () => {
    await using server = await restServer({ admin: { metrics } })
    await server.ask(null, 'GET', '/metrics')
    const answer = await server.ask(null, 'GET', '/metrics')
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(answer.text).toContain('\nsluice_pushes_total 7\n')
    expect(answer.text).toContain('\nsluice_git_processes{command="upload-pack"} 2\n')
    expect(answer.text).toContain('process_cpu_seconds_total')
  })

  test('is open on loopback, and not to what a proxy there passes on', async () => {
    await using server = await restServer()
    const passedOn = { 'x-forwarded-for': '203.0.113.9' }
    expect((await server.ask(null, 'GET', '/metrics')).status).toBe(200)
    expect((await server.ask(null, 'GET', '/metrics', undefined, passedOn)).status).toBe(401)
    expect((await server.ask('owner', 'GET', '/metrics', undefined, passedOn)).status).toBe(403)
    expect((await server.ask('internal', 'GET', '/metrics', undefined, passedOn)).status).toBe(200)
    expect((await server.ask('admin', 'GET', '/metrics', undefined, passedOn)).status).toBe(200)
  })
})
