/** A binding of a workload to a machine, as the REST API shows and takes it. */
import { z } from 'zod'
import { Line } from '../../../http/fields.ts'
import { GRANT_FIELDS } from '../asked-of-rest.ts'
import { GrantsJson, grantsJson } from '../grants-json.ts'
import type { WorkloadBinding } from '../../../store/workload-bindings.ts'

const MAX_CLAIMS = 20

const claims = z
  .record(Line.min(1).max(255), Line.min(1).max(1024))
  .refine((all) => Object.keys(all).length <= MAX_CLAIMS, `at most ${MAX_CLAIMS} claims`)
  .meta({
    description:
      'name of a claim to its value, all of which must fit; `*` stands for any characters, `.` leads into an object, of a list one element must fit',
  })

const EXAMPLE = {
  issuer: 'https://token.actions.githubusercontent.com',
  audience: 'https://git.example.org',
  claims: { repository: 'acme/app', ref: 'refs/heads/main' },
}

/** Strict: a member that we do not know could be a limit. */
export const NewBinding = z
  .strictObject({
    issuer: Line.min(1).max(2048).meta({ description: '`iss` of its tokens, exactly' }),
    audience: Line.min(1).max(2048).meta({
      description:
        'must be in `aud`: an address of this server, or an audience of the issuer in the settings',
    }),
    claims,
    ...GRANT_FIELDS,
  })
  .meta({ example: { ...EXAMPLE, scope: 'repo:acme/app:write' } })

export const BindingJson = z
  .object({
    id: z.string(),
    accountId: z.string(),
    issuer: z.string(),
    audience: z.string(),
    claims: z.record(z.string(), z.string()),
    grants: GrantsJson,
    createdBy: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({
    id: 'Binding',
    example: {
      id: '0199c0de-0000-7000-8000-0000000000e1',
      accountId: '0199c0de-0000-7000-8000-00000000000c',
      ...EXAMPLE,
      grants: { scope: 'repo:acme/app:write', authorizationDetails: [], within: [] },
      createdBy: '0199c0de-0000-7000-8000-00000000000a',
      createdAt: '2026-01-02T03:04:05.678Z',
    },
  })

export function bindingJson(binding: WorkloadBinding, surfaceOrg: string): z.output<typeof BindingJson> {
  const { grants, createdAt, ...rest } = binding
  return { ...rest, grants: grantsJson(grants, surfaceOrg), createdAt: new Date(createdAt).toISOString() }
}
