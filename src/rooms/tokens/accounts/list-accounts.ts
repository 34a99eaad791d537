/** `GET /accounts`. */
import { z } from 'zod'
import { Organisation } from '../../../http/fields.ts'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { isAllPowerful } from '../../../kernel/access.ts'
import { checkMayManage } from '../../../kernel/managing.ts'
import type { OwnedOrganization } from '../../../kernel/owned-organization.ts'
import type { ManagedAccounts } from '../../../store/managed-accounts.ts'
import { AccountJson, accountJson, Kind } from './account-json.ts'

const Query = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  kind: Kind.optional(),
  org: Organisation.optional().meta({ description: 'only those that belong to this organisation' }),
})

export interface ListAccountsParts {
  readonly accounts: Pick<ManagedAccounts, 'list'>
  readonly ownedOrganization: OwnedOrganization
}

export function listAccountsRoute(app: ZodApp, { accounts, ownedOrganization }: ListAccountsParts): void {
  app.get(
    '/accounts',
    {
      config: { access: { kind: 'signed-in' } },
      schema: {
        summary: 'List the machines that you look after, newest first; administrators see every account',
        tags: ['accounts'],
        querystring: Query,
        response: { 200: z.array(AccountJson), ...failures(400, 401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const { principal } = request
      const { kind, org, ...wanted } = request.query
      checkMayManage(principal)
      const ownerOrgId = org === undefined ? undefined : (await ownedOrganization(principal, org)).id
      const managedBy = isAllPowerful(principal) ? null : principal.accountId
      const page = await accounts.list({ managedBy, kind, ownerOrgId }, wanted)
      linkNext(request, reply, page.nextCursor)
      return page.items.map(accountJson)
    },
  )
}
