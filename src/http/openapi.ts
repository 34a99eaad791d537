/**
 * `GET /openapi.json`, made from the schemas that validate requests, and `GET /docs`, which renders
 * it. Both are built when first asked for.
 */
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { registerAtBothRoots, VERSION_PREFIX } from './both-roots.ts'
import { docsPage } from './docs-page.ts'
import {
  asksUpstream,
  completeDocument,
  IDEMPOTENCY_KEY,
  namedTail,
  operationIdOf,
  securityOf,
  SECURITY_SCHEMES,
} from './openapi-document.ts'

const DESCRIPTION = `A git server for machines. Every address also exists under \`${VERSION_PREFIX}\`.

Git itself is not described here: clone from and push to the \`cloneUrl\` of a repository by smart HTTP.`

/** Call before the rooms are registered: it describes what comes after it. */
export function documentRoutes(app: FastifyInstance, opts: { publicBaseUrl: string; version: string }): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice', version: opts.version, description: DESCRIPTION },
      servers: [{ url: opts.publicBaseUrl }],
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transform: describe,
    transformObject: completeDocument,
  })
  registerAtBothRoots(app, openapiRoutes, {})
}

async function openapiRoutes(app: FastifyInstance): Promise<void> {
  let document: string | null = null
  app.get(
    '/openapi.json',
    { config: { access: { kind: 'open' } }, schema: { hide: true } },
    (_request, reply) => {
      document ??= JSON.stringify(app.swagger())
      return reply.type('application/json; charset=utf-8').send(document)
    },
  )
  await docsPage(app)
}

type Transform = typeof jsonSchemaTransform

/** Hides the /v1 copies and git's own routes, and takes who may call from the route's `access`. */
const describe: Transform = (route) => {
  const { config, method } = route.route
  if (route.url.startsWith(VERSION_PREFIX) || config?.errors === 'text') {
    return { schema: { hide: true }, url: route.url }
  }
  const { schema, url } = namedTail(jsonSchemaTransform(route))
  const security = config?.access ? securityOf(config.access, String(method)) : []
  const said = {
    operationId: operationIdOf(String(method), url),
    ...(security.length > 0 ? { security } : {}),
    ...(config?.access && asksUpstream(config.access) ? { 'x-asks-upstream': true } : {}),
    ...(config?.idempotent ? { headers: IDEMPOTENCY_KEY } : {}),
  }
  return { schema: { ...said, ...schema }, url }
}
