/** rest-api.md, section 1: the OpenAPI document, as the author of a client reads it. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly security?: readonly object[]
  readonly requestBody?: { content: Record<string, { schema: { required: string[]; example?: object } }> }
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

let w: World
let stage: Stage
// eslint-disable-next-line @typescript-eslint/no-explicit-any
let document: any
let operations: { method: string; path: string; operation: Operation }[]
beforeAll(async () => {
  w = await restWorld()
  stage = new Stage(w)
  document = (await stage.ask(null, 'GET', '/openapi.json')).json
  operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
})
afterAll(() => w[Symbol.asyncDispose]())

test('a validator accepts it as OpenAPI 3.1', async () => {
  expect(document.openapi).toMatch(/^3\.1/)
  const { valid, errors } = await new Validator().validate(structuredClone(document))
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined })
})

test('it comes from the schemas that validate', () => {
  const body = document.paths['/repos'].post.requestBody.content['application/json'].schema
  expect(body.required).toEqual(['orgId', 'name'])
  expect(document.servers).toEqual([{ url: w.url }])
})

test('each route stands in it once, without /v1, and git has its own protocol', () => {
  const paths = operations.map(({ path }) => path)
  expect(paths).toContain('/repos/{org}/{repo}')
  expect(paths.filter((path) => path.startsWith('/v1'))).toEqual([])
  expect(paths.filter((path) => /info\/refs|git-upload-pack|git-receive-pack/.test(path))).toEqual([])
})

test('every route that it describes is served at the root and under /v1, those of OAuth only at the root', async () => {
  const rooms = operations.filter(({ path }) => !/^\/(?:\.well-known|oauth)\//.test(path))
  expect(rooms.length).toBeGreaterThan(15)
  for (const { method, path } of rooms) {
    for (const root of ['', '/v1']) {
      const url = root + path.replaceAll(/\{[^}]+\}/g, 'x')
      const { status, json } = await stage.ask('forger', method.toUpperCase(), url)
      expect([url, status, json?.error?.message]).not.toEqual([url, 404, 'not found'])
      expect([url, status]).not.toEqual([url, 405])
    }
  }
})

test('every operation has a name of its own, a summary, described answers and the error envelope', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { path, operation } of operations) {
    const { operationId, summary, responses } = operation
    const envelope = path.startsWith('/oauth/') ? 'OAuthError' : 'Error'
    expect(operationId).toMatch(/^[a-z][A-Za-z0-9]+$/)
    expect([operationId, summary]).not.toEqual([operationId, undefined])
    const failures = Object.entries(responses).filter(([status]) => !/^[23]/.test(status) && status !== '503')
    expect([operationId, failures.map(([status]) => status)]).toEqual([
      operationId,
      expect.arrayContaining(['default']),
    ])
    for (const [, { content }] of failures) {
      expect(content?.['application/json']?.schema).toEqual({ $ref: `#/components/schemas/${envelope}` })
    }
    for (const { description } of Object.values(responses)) expect(description).not.toBe('Default Response')
  }
})

test('every named schema is used, has an example, and stands there once', () => {
  const names = Object.keys(document.components.schemas)
  expect(names).toEqual(expect.arrayContaining(['Discovery', 'Error', 'Health', 'Repository']))
  const text = JSON.stringify(document)
  for (const name of names) {
    expect(name).not.toMatch(/Input$/)
    expect([name, text.includes(`"#/components/schemas/${name}"`)]).toEqual([name, true])
    expect([name, document.components.schemas[name].example]).not.toEqual([name, undefined])
  }
  for (const { operation } of operations) {
    const body = operation.requestBody?.content['application/json']
    if (body)
      expect([operation.operationId, body.schema.example]).not.toEqual([operation.operationId, undefined])
  }
})

test('it says who may call: anybody, anybody for what is public, or a credential', () => {
  const [bearer, internal] = [{ bearer: [] }, { internal: [] }]
  const securityOf = (method: string, path: string) => document.paths[path][method].security
  expect(securityOf('get', '/health')).toBeUndefined()
  expect(securityOf('post', '/repos')).toEqual([bearer, internal])
  expect(securityOf('get', '/repos/{org}/{repo}')).toEqual([bearer, internal, {}])
  expect(securityOf('patch', '/repos/{org}/{repo}')).toEqual([bearer, internal])
  expect(securityOf('post', '/internal/repos')).toEqual([bearer, internal])
  expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'internal'])
})

test('GET /docs renders it with nothing from elsewhere', async () => {
  for (const root of ['', '/v1']) {
    const page = await stage.ask(null, 'GET', `${root}/docs`)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    const base = `${w.url}${root}/docs`
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
  expect((await stage.ask(null, 'GET', '/docs/package.json')).status).toBe(404)
})
