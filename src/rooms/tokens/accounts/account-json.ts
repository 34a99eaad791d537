/** An account as those see it who look after it. */
import { z } from 'zod'
import { AccountId, Line } from '../../../http/fields.ts'
import type { StoredAccount } from '../../../store/accounts.ts'

export const AccountParams = z.object({ id: AccountId })

/** Ends up in commits and logs. @see git-commit-tree(1), on `<` and `>` in names */
export const DisplayName = Line.trim()
  .min(1)
  .max(100)
  .refine((name) => !/[<>]/.test(name), { error: 'holds < or >' })
  .meta({ example: 'agent-7' })

export const MachineKind = z.enum(['agent', 'service'])
export const Kind = z.enum(['user', 'agent', 'service', 'nostr'])

export const AccountJson = z
  .object({
    id: z.string(),
    kind: Kind,
    displayName: z.string(),
    email: z.string().nullable(),
    ownerId: z.string().nullable(),
    orgId: z.string().nullable(),
    disabledAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({
    id: 'Account',
    example: {
      id: '0199c0de-0000-7000-8000-0000000000c1',
      kind: 'agent',
      displayName: 'agent-7',
      email: null,
      ownerId: '0199c0de-0000-7000-8000-00000000000a',
      orgId: null,
      disabledAt: null,
      createdAt: '2026-01-02T03:04:05.678Z',
    },
  })

export function accountJson(account: StoredAccount): z.output<typeof AccountJson> {
  const { id, kind, displayName, email, ownerId, ownerOrgId, disabledAt, createdAt } = account
  return {
    id,
    kind,
    displayName,
    email,
    ownerId,
    orgId: ownerOrgId,
    disabledAt: disabledAt === null ? null : new Date(disabledAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
  }
}
