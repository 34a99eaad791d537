/** Every REST route exists at the root and under /v1. */
import type { FastifyInstance, FastifyPluginAsync, FastifyPluginOptions } from 'fastify'

export const VERSION_PREFIX = '/v1'

/** Registers a room twice; the copy under /v1 stays out of the OpenAPI document. */
export function registerAtBothRoots<Options extends FastifyPluginOptions>(
  app: FastifyInstance,
  room: FastifyPluginAsync<Options>,
  options: Options,
): void {
  app.register<FastifyPluginOptions>(room as FastifyPluginAsync, options)
  app.register<FastifyPluginOptions>(room as FastifyPluginAsync, { ...options, prefix: VERSION_PREFIX })
}
