/** Rules of branches in the REST API. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { readProtectionRoutes, type ReadProtectionsParts } from './read-protections.ts'
import { writeProtectionRoutes, type WriteProtectionsParts } from './write-protections.ts'

export type RulesParts = ReadProtectionsParts & WriteProtectionsParts

export async function protectionRoutes(bare: FastifyInstance, parts: RulesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  readProtectionRoutes(app, parts)
  writeProtectionRoutes(app, parts)
}
