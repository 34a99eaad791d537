/** `GET /whoami`: whom a credential makes, for clients that were handed one. */
import { z } from 'zod'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { isAllPowerful } from '../../../kernel/access.ts'
import type { Account } from '../../../kernel/account.ts'
import type { PresentedToken, Principal } from '../../../kernel/principal.ts'
import { GrantsJson, grantsJson } from '../grants-json.ts'

const Answer = z
  .object({
    kind: z.enum(['user', 'agent', 'service', 'nostr', 'internal']),
    account: z
      .object({ id: z.string(), displayName: z.string(), email: z.string().nullable() })
      .nullable()
      .meta({ description: "`null` for the platform's own services" }),
    actingFor: z.object({ id: z.string(), displayName: z.string() }).nullable(),
    administrator: z.boolean().meta({ description: 'and the credential grants as much' }),
    token: z
      .object({
        id: z.string(),
        kind: z.enum(['login', 'foreign', 'signed', 'opaque']),
        expiresAt: z.iso.datetime().nullable(),
      })
      .nullable(),
    grants: GrantsJson,
  })
  .meta({
    id: 'WhoAmI',
    example: {
      kind: 'agent',
      account: { id: '0199c0de-0000-7000-8000-0000000000c1', displayName: 'agent-7', email: null },
      actingFor: { id: '0199c0de-0000-7000-8000-00000000000a', displayName: 'Ada' },
      administrator: false,
      token: {
        id: '0199c0de-0000-7000-8000-0000000000d1',
        kind: 'opaque',
        expiresAt: '2026-04-02T03:04:05.678Z',
      },
      grants: { scope: 'repo:acme/app:write', authorizationDetails: [], within: [] },
    },
  })

export interface WhoAmIParts {
  readonly accountById: (id: string) => Promise<Account | null>
  readonly surfaceOrg: string
}

export function whoAmIRoute(app: ZodApp, { accountById, surfaceOrg }: WhoAmIParts): void {
  app.get(
    '/whoami',
    {
      config: { access: { kind: 'signed-in' } },
      schema: {
        summary: 'Whom the presented credential makes, and what it allows',
        tags: ['accounts'],
        response: { 200: Answer, ...failures(401, 429) },
      },
    },
    async ({ principal }) => {
      const { actingFor } = principal
      const subject = actingFor === undefined ? null : await accountById(actingFor)
      return {
        kind: kindOf(principal),
        account: accountOf(principal),
        actingFor: subject && { id: subject.id, displayName: subject.displayName },
        administrator: isAllPowerful(principal),
        token: tokenOf(principal.token),
        grants: grantsJson(principal.grants, surfaceOrg),
      }
    },
  )
}

function kindOf({ kind }: Principal) {
  if (kind === 'anonymous') throw new Error('nobody is signed in')
  return kind
}

function accountOf({ accountId, displayName, email }: Principal) {
  return accountId === null ? null : { id: accountId, displayName, email }
}

function tokenOf(token: PresentedToken | undefined) {
  if (token === undefined) return null
  const { id, kind, expiresAt } = token
  return { id, kind, expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString() }
}
