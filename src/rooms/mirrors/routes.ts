/** Mirrors in the REST API. What pushes to them: push-job.ts. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { changeMirrorRoutes, type ChangeMirrorParts } from './change-mirror.ts'
import { readMirrorRoutes, type ReadMirrorsParts } from './read-mirrors.ts'
import { setMirrorRoute, type SetMirrorParts } from './set-mirror.ts'

export type MirrorRoutesParts = ReadMirrorsParts & SetMirrorParts & ChangeMirrorParts

export async function mirrorRoutes(bare: FastifyInstance, parts: MirrorRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  readMirrorRoutes(app, parts)
  setMirrorRoute(app, parts)
  changeMirrorRoutes(app, parts)
}
