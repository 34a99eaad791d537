/** `GET` and `PATCH /accounts/{id}`. What is disabled is refused from its next request on, with whatever token. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { ManagedAccounts } from '../../../store/managed-accounts.ts'
import { AccountJson, accountJson, AccountParams, DisplayName } from './account-json.ts'
import type { ManagedAccount } from './managed-account.ts'

const Patch = z
  .strictObject({
    displayName: DisplayName.optional(),
    disabled: z.boolean().optional().meta({ description: '`false` makes its long-lived tokens good again' }),
  })
  .meta({ example: { disabled: true } })

export interface OneAccountParts {
  readonly accounts: Pick<ManagedAccounts, 'update'>
  readonly managedAccount: ManagedAccount
  readonly credentialsChanged: () => void
}

export function oneAccountRoutes(app: ZodApp, parts: OneAccountParts): void {
  const config = { access: { kind: 'signed-in' } } as const
  app.get(
    '/accounts/:id',
    {
      config,
      schema: {
        summary: 'Read an account that you look after',
        tags: ['accounts'],
        params: AccountParams,
        response: { 200: AccountJson, ...failures(400, 401, 403, 404, 429) },
      },
    },
    async ({ principal, params }) => accountJson(await parts.managedAccount(principal, params.id)),
  )
  app.patch(
    '/accounts/:id',
    {
      config,
      schema: {
        summary: 'Rename an account, disable it, or enable it again',
        tags: ['accounts'],
        params: AccountParams,
        body: Patch,
        response: { 200: AccountJson, ...failures(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request) => {
      const { id } = await parts.managedAccount(request.principal, request.params.id)
      if (request.body.disabled === true && id === request.principal.accountId) throw ownAccount()
      const after = await parts.accounts.update(id, request.body, actorOf(request))
      parts.credentialsChanged()
      if (!after) throw new AppError('NOT_FOUND', { details: { reason: 'no such account' } })
      return accountJson(after)
    },
  )
}

/** The last administrator could not let himself in again. */
function ownAccount(): AppError {
  return new AppError('CONFLICT', { details: { reason: 'nobody disables the account that he asks with' } })
}
