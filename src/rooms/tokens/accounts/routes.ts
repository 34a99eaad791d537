/** Accounts in the REST API, those of machines above all. Which workloads may act as them: see workloads/. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { createAccountRoute, type CreateAccountParts } from './create-account.ts'
import { listAccountsRoute, type ListAccountsParts } from './list-accounts.ts'
import { oneAccountRoutes, type OneAccountParts } from './one-account.ts'
import { whoAmIRoute, type WhoAmIParts } from './whoami.ts'

export type AccountRoutesParts = CreateAccountParts & ListAccountsParts & OneAccountParts & WhoAmIParts

export async function accountRoutes(bare: FastifyInstance, parts: AccountRoutesParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  whoAmIRoute(app, parts)
  createAccountRoute(app, parts)
  listAccountsRoute(app, parts)
  oneAccountRoutes(app, parts)
}
