/** Directories and files at a revision: one file per endpoint, listed here. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { blobRoute, type BlobParts } from './blob.ts'
import { rawRoute, type RawParts } from './raw.ts'
import { treeRoute, type TreeParts } from './tree.ts'

export type ContentRoutesParts = TreeParts & BlobParts & RawParts

export async function contentRoutes(bare: FastifyInstance, parts: ContentRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  treeRoute(app, parts)
  blobRoute(app, parts)
  rawRoute(app, parts)
}
