/** auth.md, section 5: the typed calls of the client are those of the OpenAPI document, all of them and no others. */
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SluiceClient } from '../../src/client/index.ts'
import { METHODS } from '../../src/client/methods.ts'
import { type ApiDocument, operationsFile, operationsPath } from '../support/client-operations.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

/** What a server offers that is set up for all that it can do. Nobody logs in: the provider is not asked. */
const EVERY_ROUTE = { SLUICE_LOGIN_ISSUER: 'https://login.example.test', SLUICE_LOGIN_CLIENT_ID: 'sluice' }

let w: World
let document: ApiDocument
beforeAll(async () => {
  w = await restWorld(EVERY_ROUTE)
  document = (await new Stage(w).ask(null, 'GET', '/openapi.json')).json
})
afterAll(() => w[Symbol.asyncDispose]())

test('src/client/operations.ts says what the document says; UPDATE_DOCS=1 makes it anew', async () => {
  const made = await operationsFile(document)
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(operationsPath(), made)
  expect(await readFile(operationsPath(), 'utf8')).toBe(made)
})

test('every operation has one method, which src/client/methods.ts names', () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const named = Object.values(METHODS).flatMap((group) => Object.values(group))
  expect([...named].sort()).toEqual(described.sort())
})

test('the client has them all', () => {
  const client = new SluiceClient({ baseUrl: w.url })
  const found = Object.entries(METHODS).flatMap(([group, methods]) =>
    Object.keys(methods).map((name) => [
      `${group}.${name}`,
      typeof Reflect.get(Reflect.get(client, group), name),
    ]),
  )
  expect(found.filter(([, type]) => type !== 'function')).toEqual([])
  expect(found.length).toBeGreaterThan(60)
})

test('no argument of a path is named as a query or a body is', () => {
  const parameters = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  const names = parameters.flatMap(({ parameters = [] }) =>
    parameters.filter((one) => one.in === 'path').map(({ name }) => name),
  )
  expect(names.filter((name) => name === 'query' || name === 'body')).toEqual([])
})
