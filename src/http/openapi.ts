/**
 * `GET /openapi.json`, made from the schemas that validate requests, and `GET /docs`, which renders
 * it. Both are built when first asked for.
 */
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { registerAtBothRoots, VERSION_PREFIX } from './both-roots.ts'
import { docsPage } from './docs-page.ts'

/** Call before the rooms are registered: it describes what comes after it. */
export function documentRoutes(app: FastifyInstance, opts: { publicBaseUrl: string; version: string }): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sluice', version: opts.version, description: 'A git server for machines.' },
      servers: [{ url: opts.publicBaseUrl }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: describe,
    transformObject: jsonSchemaTransformObject,
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

/** Hides the /v1 copies, and takes who may call from the route's own `access`. */
const describe: Transform = (route) => {
  if (route.url.startsWith(VERSION_PREFIX)) return { schema: { hide: true }, url: route.url }
  const { schema, url } = jsonSchemaTransform(route)
  const open = route.route.config?.access?.kind === 'open'
  return { schema: { ...schema, ...(open ? {} : { security: [{ bearer: [] }] }) }, url }
}
