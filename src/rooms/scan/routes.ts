/** The secret scan and its approvals in the REST API. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { decideApprovalRoutes, type DecideApprovalsParts } from './decide-approvals.ts'
import { readApprovalRoutes, type ReadApprovalsParts } from './read-approvals.ts'
import { scanSettingsRoutes, type ScanSettingsParts } from './scan-settings-routes.ts'

export interface ScanRoutesParts extends ScanSettingsParts, Omit<ReadApprovalsParts, 'approvals'> {
  readonly approvals: ReadApprovalsParts['approvals'] & DecideApprovalsParts['approvals']
}

export async function scanRoutes(bare: FastifyInstance, parts: ScanRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  scanSettingsRoutes(app, parts)
  readApprovalRoutes(app, parts)
  decideApprovalRoutes(app, parts)
}
