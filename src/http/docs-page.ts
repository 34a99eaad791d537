/** A page that shows /openapi.json in Swagger UI, from the files of its package. */
import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../kernel/errors.ts'

const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}

/** Addresses are relative, so the page works under /v1 and behind a path prefix. */
const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sluice API</title><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body>
</html>
`
const START = "SwaggerUIBundle({ url: 'openapi.json', dom_id: '#ui', deepLinking: true })\n"
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
const OPEN = { config: { access: { kind: 'open' } }, schema: { hide: true } } as const

export async function docsPage(app: FastifyInstance): Promise<void> {
  app.get('/docs', OPEN, (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(PAGE),
  )
  app.get('/docs/start.js', OPEN, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(START),
  )
  app.get<{ Params: { file: string } }>('/docs/:file', OPEN, (request, reply) => {
    const { file } = request.params
    const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined
    if (type === undefined) throw new AppError('NOT_FOUND')
    const path = createRequire(import.meta.url).resolve(`@fastify/swagger-ui/static/${file}`)
    return reply.type(type).header('cache-control', 'max-age=86400').send(createReadStream(path))
  })
}
