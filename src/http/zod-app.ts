/** Fastify as the REST rooms see it: handlers typed by their zod schemas. */
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'

export type ZodApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** The envelope of every failure, for the OpenAPI document; it is written by error-rendering.ts. */
export const ErrorEnvelope = z
  .object({ error: z.object({ code: z.string(), message: z.string(), details: z.unknown() }) })
  .meta({
    id: 'Error',
    example: { error: { code: 'NOT_FOUND', message: 'repository not found', details: null } },
  })

/** An answer of bytes in one of these media types, for a route's `response` schema. */
export function bytesOf<Type extends string>(...types: Type[]) {
  const schema = z.string().meta({ format: 'binary' })
  const entries = types.map((type) => [type, { schema }] as const)
  return {
    description: 'bytes',
    content: Object.fromEntries(entries) as Record<Type, { schema: z.ZodString }>,
  }
}

/** Answers of a route that fail, for its `response` schema. */
export function failures<Status extends number>(...statuses: Status[]): Record<Status, typeof ErrorEnvelope> {
  const entries = statuses.map((status) => [status, ErrorEnvelope])
  return Object.fromEntries(entries) as Record<Status, typeof ErrorEnvelope>
}
