/** What the OpenAPI document says beyond the schemas of the routes: who may call, names, failures. */
import { STATUS_CODES } from 'node:http'
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Access } from './route-config.ts'

export const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'a signed or an opaque token; also as a Basic password',
  },
  internal: { type: 'apiKey', in: 'header', name: 'X-Internal-Token', description: 'of the platform itself' },
} as const

/** Header of the routes that remember their answers; see idempotency.ts. */
export const IDEMPOTENCY_KEY = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'the same key again, with the same request: the same answer, and nothing is done twice',
    },
  },
} as const

type Requirement = Partial<Record<keyof typeof SECURITY_SCHEMES, string[]>>

/** Alternatives, the empty one meaning "without a credential"; no alternatives: nobody is asked. */
export function securityOf(access: Access, method: string): Requirement[] {
  const named: Requirement[] = [{ bearer: [] }, { internal: [] }]
  switch (access.kind) {
    case 'open':
      return []
    case 'signed-in':
      return named
    case 'server-admin':
      return access.loopback === 'allowed' ? [...named, {}] : named
    case 'repository':
      // public ones can be read by anybody; what changes something may ask for less than `write`, never for nobody
      return access.action === 'read' && method === 'GET' ? [...named, {}] : named
  }
}

/** Is the upstream of a gate asked before the route is served? See permission.ts. */
export function asksUpstream(access: Access): boolean {
  return access.kind === 'repository' && !access.withoutRefs && access.action !== 'admin'
}

interface Described {
  readonly schema: { readonly params?: unknown }
  readonly url: string
}

interface Params {
  readonly properties: Readonly<Record<string, unknown>>
  readonly required: readonly string[]
}

/** The end of a path that may hold slashes is `*` to Fastify, which is no name for a generated client's argument. */
export function namedTail<Route extends Described>(route: Route): Route {
  if (!route.url.endsWith('*')) return route
  const { properties, required } = route.schema.params as Params
  const { '*': tail, ...others } = properties
  const params = {
    type: 'object',
    properties: { ...others, path: tail },
    required: required.map((name) => (name === '*' ? 'path' : name)),
  }
  return { ...route, schema: { ...route.schema, params }, url: route.url.replace(/\*$/, ':path') }
}

/**
 * `GET /repos/:org/:repo/archive` becomes `getReposOrgRepoArchive`, and `…/branches/:path` ends in
 * `BranchesPath`: one for each route, the same for ever.
 */
export function operationIdOf(method: string, url: string): string {
  const words = url.split(/[^A-Za-z0-9]+/).filter(Boolean)
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

interface Operation {
  responses: Record<string, { description: string; content?: object }>
}

interface Document {
  paths?: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, unknown> }
}

/** In the words of the REST API, or in those of the RFCs: see oauth-errors.ts. */
function anyFailure(path: string) {
  const $ref = `#/components/schemas/${path.startsWith('/oauth/') ? 'OAuthError' : 'Error'}`
  return { description: 'Any other failure', content: { 'application/json': { schema: { $ref } } } }
}

/** Describes every answer, and drops the schemas that nothing refers to. */
export const completeDocument: typeof jsonSchemaTransformObject = (given) => {
  const document = jsonSchemaTransformObject(given) as Document
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    for (const { responses } of Object.values(operations)) {
      for (const [status, response] of Object.entries(responses)) {
        response.description = STATUS_CODES[status] ?? response.description
      }
      responses['default'] ??= anyFailure(path)
    }
  }
  dropUnused(document)
  return document as ReturnType<typeof jsonSchemaTransformObject>
}

/** The library gives every named schema a second time as `…Input`, used or not; one may be used by such a one only. */
function dropUnused(document: Document): void {
  const schemas = document.components?.schemas ?? {}
  for (let before = Infinity; before > Object.keys(schemas).length;) {
    before = Object.keys(schemas).length
    const text = JSON.stringify(document)
    for (const name of Object.keys(schemas)) {
      if (!text.includes(`"#/components/schemas/${name}"`)) delete schemas[name]
    }
  }
}
