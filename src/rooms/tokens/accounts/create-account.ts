/** `POST /accounts`: an agent or a service account, of whoever asks or of an organisation that he owns. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import { Organisation } from '../../../http/fields.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import { checkMayManage } from '../../../kernel/managing.ts'
import type { OwnedOrganization } from '../../../kernel/owned-organization.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { ManagedAccounts } from '../../../store/managed-accounts.ts'
import { AccountJson, accountJson, DisplayName, MachineKind } from './account-json.ts'

const Body = z
  .strictObject({
    kind: MachineKind.meta({
      description: 'an agent of a person acts for that person; all others for themselves',
    }),
    displayName: DisplayName,
    org: Organisation.optional().meta({ description: 'absent: it belongs to you' }),
  })
  .meta({ example: { kind: 'agent', displayName: 'agent-7' } })

export interface CreateAccountParts {
  readonly accounts: Pick<ManagedAccounts, 'create'>
  readonly ownedOrganization: OwnedOrganization
}

export function createAccountRoute(app: ZodApp, { accounts, ownedOrganization }: CreateAccountParts): void {
  app.post(
    '/accounts',
    {
      config: { access: { kind: 'signed-in' }, idempotent: true },
      schema: {
        summary: 'Make an account for a machine; agents make none',
        tags: ['accounts'],
        body: Body,
        response: { 201: AccountJson, ...failures(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request, reply) => {
      const { kind, displayName, org } = request.body
      checkMayManage(request.principal)
      const owner =
        org === undefined
          ? { ownerId: ownIdOf(request.principal, kind), ownerOrgId: null }
          : { ownerId: null, ownerOrgId: (await ownedOrganization(request.principal, org)).id }
      const made = await accounts.create({ kind, displayName, ...owner }, actorOf(request))
      reply.code(201).header('location', `${app.prefix}/accounts/${made.id}`)
      return accountJson(made)
    },
  )
}

/**
 * What a service account owns acts for it and ends with it. Another service account of its own would
 * outlive it, and be seen by nobody who can disable it.
 */
function ownIdOf({ accountId, kind: own }: Principal, kind: 'agent' | 'service'): string {
  if (accountId !== null && !(own === 'service' && kind === 'service')) return accountId
  throw new AppError('FORBIDDEN', { details: { required: 'account', reason: 'say for which org' } })
}
