/** rest-api.md, sections 2 to 6, as a list: every route is described for the authors of clients, and is tested here. */
import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

/** Who may call: anybody; anybody who may read, without a credential where that is public; a credential. */
type Callers = 'anybody' | 'reader' | 'credential'

const REPO = '/repos/{org}/{repo}'

type Route = readonly [method: string, path: string, callers: Callers]

const ROUTES: readonly Route[] = [
  ['GET', '/', 'anybody'],
  ['GET', '/api', 'anybody'],
  ['GET', '/health', 'anybody'],
  ['GET', '/health/live', 'anybody'],
  ['GET', '/health/ready', 'anybody'],
  ['GET', '/metrics', 'reader'],

  ['GET', '/repos', 'credential'],
  ['POST', '/repos', 'credential'],
  ['GET', REPO, 'reader'],
  ['GET', '/repos/by-id/{id}', 'reader'],
  ['PATCH', REPO, 'credential'],
  ['DELETE', REPO, 'credential'],
  ['POST', `${REPO}/archive`, 'credential'],
  ['POST', `${REPO}/unarchive`, 'credential'],
  ['POST', `${REPO}/restore`, 'credential'],
  ['POST', `${REPO}/transfer`, 'credential'],

  ['GET', `${REPO}/branches`, 'reader'],
  ['POST', `${REPO}/branches`, 'credential'],
  ['GET', `${REPO}/branches/{*branch}`, 'reader'],
  ['DELETE', `${REPO}/branches/{*branch}`, 'credential'],
  ['GET', `${REPO}/tags`, 'reader'],
  ['POST', `${REPO}/tags`, 'credential'],
  ['DELETE', `${REPO}/tags/{*tag}`, 'credential'],
  ['GET', `${REPO}/commits`, 'reader'],
  ['GET', `${REPO}/commits/{sha}`, 'reader'],
  ['GET', `${REPO}/commits/{sha}/diff`, 'reader'],
  ['GET', `${REPO}/compare/{base}...{head}`, 'reader'],
  ['GET', `${REPO}/tree/{ref}`, 'reader'],
  ['GET', `${REPO}/tree/{ref}/{*path}`, 'reader'],
  ['GET', `${REPO}/blob/{ref}/{*path}`, 'reader'],
  ['GET', `${REPO}/raw/{ref}/{*path}`, 'reader'],
  ['GET', `${REPO}/archive/{ref}.{format}`, 'reader'],
  ['GET', `${REPO}/blame/{ref}/{*path}`, 'reader'],
  ['GET', `${REPO}/search`, 'reader'],
  ['POST', `${REPO}/commits`, 'credential'],

  ['GET', `${REPO}/pulls`, 'reader'],
  ['POST', `${REPO}/pulls`, 'credential'],
  ['GET', `${REPO}/pulls/{id}`, 'reader'],
  ['PATCH', `${REPO}/pulls/{id}`, 'credential'],
  ['POST', `${REPO}/pulls/{id}/close`, 'credential'],
  ['POST', `${REPO}/pulls/{id}/reopen`, 'credential'],
  ['GET', `${REPO}/pulls/{id}/diff`, 'reader'],
  ['GET', `${REPO}/pulls/{id}/commits`, 'reader'],
  ['GET', `${REPO}/pulls/{id}/mergeability`, 'reader'],
  ['GET', `${REPO}/pulls/{id}/conflicts`, 'reader'],
  ['POST', `${REPO}/pulls/{id}/merge`, 'credential'],

  ['GET', `${REPO}/protections`, 'reader'],
  ['GET', `${REPO}/protections/{*pattern}`, 'reader'],
  ['PUT', `${REPO}/protections/{*pattern}`, 'credential'],
  ['DELETE', `${REPO}/protections/{*pattern}`, 'credential'],
  ['GET', `${REPO}/collaborators`, 'credential'],
  ['GET', `${REPO}/collaborators/{userId}`, 'credential'],
  ['PUT', `${REPO}/collaborators/{userId}`, 'credential'],
  ['DELETE', `${REPO}/collaborators/{userId}`, 'credential'],
  ['GET', `${REPO}/events`, 'credential'],
  ['GET', `${REPO}/events/stream`, 'reader'],
  ['GET', '/events', 'credential'],
  ['GET', '/orgs/{org}/members', 'credential'],
  ['PUT', '/orgs/{org}/members/{accountId}', 'credential'],
  ['DELETE', '/orgs/{org}/members/{accountId}', 'credential'],
  ...hookRoutes(`${REPO}/hooks`),
  ...hookRoutes('/orgs/{org}/hooks'),
  ['GET', '/whoami', 'credential'],
  ['POST', '/accounts', 'credential'],
  ['GET', '/accounts', 'credential'],
  ['GET', '/accounts/{id}', 'credential'],
  ['PATCH', '/accounts/{id}', 'credential'],
  ['GET', '/accounts/{id}/bindings', 'credential'],
  ['POST', '/accounts/{id}/bindings', 'credential'],
  ['DELETE', '/accounts/{id}/bindings/{bindingId}', 'credential'],
  ['POST', '/tokens', 'credential'],
  ['GET', '/tokens', 'credential'],
  ['DELETE', '/tokens/{id}', 'credential'],
  ['GET', '/admin/repos', 'credential'],
  ['GET', '/admin/repos/{id}', 'credential'],
  ['POST', '/admin/repos/{id}/archive', 'credential'],
  ['GET', '/admin/jobs', 'credential'],
  ['GET', '/admin/jobs/failed', 'credential'],
  ['GET', '/admin/jobs/{id}', 'credential'],
  ['POST', '/admin/jobs/{id}/retry', 'credential'],
  ['GET', '/admin/events', 'credential'],
  ['GET', '/admin/events/{id}', 'credential'],
  ['POST', '/internal/repos', 'credential'],

  ['GET', '/admin/keys', 'credential'],
  ['POST', '/admin/keys/rotate', 'credential'],
  ['GET', '/admin/grasp/repositories', 'credential'],
  ['GET', '/admin/grasp/events', 'credential'],
  ['GET', '/admin/grasp/relays', 'credential'],
  ['POST', '/oauth/introspect', 'credential'],
  ['POST', '/oauth/revoke', 'anybody'],
  ['GET', '/.well-known/jwks.json', 'anybody'],
  ['GET', '/.well-known/oauth-authorization-server', 'anybody'],
  ['GET', '/.well-known/oauth-protected-resource', 'anybody'],
  ['GET', '/.well-known/revocations.json', 'anybody'],
]

function hookRoutes(hooks: string): Route[] {
  return [
    ['GET', hooks, 'credential'],
    ['POST', hooks, 'credential'],
    ['GET', `${hooks}/{id}`, 'credential'],
    ['PATCH', `${hooks}/{id}`, 'credential'],
    ['DELETE', `${hooks}/{id}`, 'credential'],
    ['POST', `${hooks}/{id}/secret`, 'credential'],
    ['POST', `${hooks}/{id}/ping`, 'credential'],
    ['GET', `${hooks}/{id}/deliveries`, 'credential'],
    ['GET', `${hooks}/{id}/deliveries/{deliveryId}`, 'credential'],
    ['POST', `${hooks}/{id}/deliveries/{deliveryId}/redeliver`, 'credential'],
  ]
}

interface Described {
  readonly example?: unknown
  readonly schema?: Described
  readonly items?: Described
  readonly $ref?: string
  readonly [keyword: string]: unknown
}

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly security?: readonly object[]
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, Described>> }>>
}

let w: World
let operations: Map<string, Operation>
let schemas: Readonly<Record<string, Described>>
beforeAll(async () => {
  w = await restWorld()
  const { json } = await new Stage(w).ask(null, 'GET', '/openapi.json')
  schemas = json.components.schemas
  operations = new Map(
    Object.entries<Record<string, Operation>>(json.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [shape(method, path), operation] as const),
    ),
  )
})
afterAll(() => w[Symbol.asyncDispose]())

/** Names of parameters do not count, nor how a path that can hold slashes is taken apart. */
function shape(method: string, path: string): string {
  const rest =
    /^(\/repos\/\{\w+\}\/\{\w+\}\/(?:branches|tags|compare|tree|blob|raw|archive|blame|protections)\/).+/
  return `${method.toUpperCase()} ${path.replace(rest, '$1{*}').replace(/\{\w+\}/g, '{}')}`
}

test.each(ROUTES)(
  '%s %s is described: summary, tags, callers, answer and example',
  (method, path, callers) => {
    const operation = operations.get(shape(method, path))
    expect(operation && faultsOf(operation, callers)).toEqual([])
  },
)

function faultsOf(operation: Operation, callers: Callers): string[] {
  const faults: string[] = []
  if (!operation.summary) faults.push('no summary')
  if (!operation.tags?.length) faults.push('no tags')
  if (callersOf(operation) !== callers) faults.push(`may be called by ${callersOf(operation)}`)
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
  if (answers.length === 0) faults.push('no answer')
  for (const [status, { content = {} }] of answers.filter(([status]) => status !== '204')) {
    faults.push(...answerFaults(content).map((fault) => `${status}: ${fault}`))
  }
  return faults
}

function callersOf({ security }: Operation): Callers {
  if (security === undefined) return 'anybody'
  return security.some((way) => Object.keys(way).length === 0) ? 'reader' : 'credential'
}

function answerFaults(content: Readonly<Record<string, Described>>): string[] {
  const media = Object.entries(content)
  if (media.length === 0) return ['no schema']
  return media.flatMap(([type, described]) => {
    if (!hasWords(described.schema)) return [`${type}: no schema`]
    return type.endsWith('json') && !hasExample(described) ? [`${type}: no example`] : []
  })
}

function hasWords(schema: Described | undefined): boolean {
  const says = ['$ref', 'type', 'anyOf', 'oneOf', 'allOf']
  return schema !== undefined && says.some((keyword) => keyword in schema)
}

/** Its own, that of the schema that it refers to, or that of the items of a list. */
function hasExample(described: Described | undefined): boolean {
  if (described === undefined) return false
  if ('example' in described || 'examples' in described) return true
  const { schema, items, $ref } = described
  return hasExample(schema ?? items ?? ($ref === undefined ? undefined : schemas[nameOf($ref)]))
}

function nameOf(ref: string): string {
  return ref.replace('#/components/schemas/', '')
}

test('nothing that the document describes is without a test whose title begins with its METHOD and path', async () => {
  const tested = await testedRoutes()
  expect([...operations.keys()].filter((operation) => !tested.has(operation))).toEqual([])
})

const TITLE = /\(\s*(['"`])((?:GET|POST|PUT|PATCH|DELETE) \/(?:(?!\1).)*)/g

/** Titles in the tests of this folder; `GET /a and /b` stands for both. */
async function testedRoutes(): Promise<Set<string>> {
  const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.test.ts'))
  const texts = await Promise.all(files.map((name) => readFile(`${import.meta.dirname}/${name}`, 'utf8')))
  const titles = texts.flatMap((text) => [...text.matchAll(TITLE)].map(([, , title = '']) => title))
  return new Set(titles.flatMap(routesOf))
}

function routesOf(title: string): string[] {
  const [method = '', ...words] = title.split(' ')
  const paths = words.filter((word, i) => i === 0 || (word.startsWith('/') && words[i - 1] === 'and'))
  return paths.map((path) => shape(method, path.replace(/[,:;]$|\?.*$/, '')))
}
