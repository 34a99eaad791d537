/** A long-lived token as the REST API shows it: never the token, but for once, and never its hash. */
import { z } from 'zod'
import type { OpaqueToken } from '../../../store/opaque-tokens.ts'
import { GrantsJson, grantsJson } from '../grants-json.ts'

const EXAMPLE = {
  id: '0199c0de-0000-7000-8000-0000000000d1',
  name: 'build server',
  kind: 'deploy',
  accountId: '0199c0de-0000-7000-8000-00000000000a',
  actingFor: null,
  grants: { scope: 'repo:acme/app:write', authorizationDetails: [], within: [] },
  createdBy: '0199c0de-0000-7000-8000-00000000000a',
  createdAt: '2026-01-02T03:04:05.678Z',
  lastUsed: { at: '2026-01-03T03:04:05.678Z', address: '192.0.2.7' },
  expiresAt: '2026-04-02T03:04:05.678Z',
  revokedAt: null,
}

const Time = z.iso.datetime()

export const TokenJson = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.string(),
    accountId: z.string(),
    actingFor: z.string().nullable(),
    grants: GrantsJson,
    createdBy: z.string().nullable(),
    createdAt: Time,
    lastUsed: z.object({ at: Time, address: z.string().nullable() }).nullable(),
    expiresAt: Time.nullable(),
    revokedAt: Time.nullable(),
  })
  .meta({ id: 'Token', example: EXAMPLE })

export const FreshTokenJson = TokenJson.extend({
  token: z.string().meta({ description: 'shown this once' }),
}).meta({ id: 'FreshToken', example: { ...EXAMPLE, lastUsed: null, token: 'slc_deploy_…' } })

export function tokenJson(token: OpaqueToken, surfaceOrg: string): z.output<typeof TokenJson> {
  const { id, name, kind, accountId, actingFor, createdBy } = token
  const { lastUsedAt, lastUsedAddress, createdAt, expiresAt, revokedAt } = token
  return {
    id,
    name,
    kind,
    accountId,
    actingFor,
    grants: grantsJson(token.grants, surfaceOrg),
    createdBy,
    createdAt: iso(createdAt),
    lastUsed: lastUsedAt === null ? null : { at: iso(lastUsedAt), address: lastUsedAddress },
    expiresAt: expiresAt === null ? null : iso(expiresAt),
    revokedAt: revokedAt === null ? null : iso(revokedAt),
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
