/** `/orgs/{org}/members`: who belongs to an organisation. Counts from the next request of the account on, whatever its token says. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { OwnedOrganization } from '../../../kernel/owned-organization.ts'
import type { NamedOrgMember, OrgMembers } from '../../../store/org-members.ts'
import { AccountId, Organisation } from '../fields.ts'
import { RoleName } from './collaborator-json.ts'

const Org = z.object({ org: Organisation })
const Member = Org.extend({
  accountId: AccountId.meta({ description: 'one that has not been seen yet will have the role' }),
})

const Query = z.object({ ...pageQuery({ default: 50, max: 100 }), role: RoleName.optional() })
const Body = z.strictObject({ role: RoleName }).meta({ example: { role: 'writer' } })

const MemberJson = z
  .object({
    accountId: z.string(),
    role: RoleName,
    displayName: z.string().nullable(),
    disabled: z.boolean(),
  })
  .meta({
    id: 'Member',
    example: {
      accountId: '0199c0de-0000-7000-8000-00000000000b',
      role: 'writer',
      displayName: 'Ada',
      disabled: false,
    },
  })

export interface MembersParts {
  readonly members: Pick<OrgMembers, 'list' | 'find' | 'put' | 'remove'>
  readonly ownedOrganization: OwnedOrganization
}

const CONFIG = { access: { kind: 'signed-in' } } as const

export function memberRoutes(app: ZodApp, parts: MembersParts): void {
  listMembersRoute(app, parts)
  putMemberRoute(app, parts)
  removeMemberRoute(app, parts)
}

function listMembersRoute(app: ZodApp, { members, ownedOrganization }: MembersParts): void {
  app.get(
    '/orgs/:org/members',
    {
      config: CONFIG,
      schema: {
        summary: 'List who belongs to an organisation, for its owners',
        tags: ['members'],
        params: Org,
        querystring: Query,
        response: { 200: z.array(MemberJson), ...failures(400, 401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const { id } = await ownedOrganization(request.principal, request.params.org)
      const { role, ...wanted } = request.query
      const page = await members.list(id, role, wanted)
      linkNext(request, reply, page.nextCursor)
      return page.items.map(memberJson)
    },
  )
}

function putMemberRoute(app: ZodApp, { members, ownedOrganization }: MembersParts): void {
  app.put(
    '/orgs/:org/members/:accountId',
    {
      config: CONFIG,
      schema: {
        summary: 'Give an account a role in an organisation; 409 when that would leave no owner',
        tags: ['members'],
        params: Member,
        body: Body,
        response: { 200: MemberJson, 201: MemberJson, ...failures(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request, reply) => {
      const { principal, params } = request
      const org = await ownedOrganization(principal, params.org)
      const given = { accountId: params.accountId, role: request.body.role }
      const result = await members.put(org.id, given, actorOf(request))
      const place = `${app.prefix}/orgs/${org.slug}/members/${given.accountId}`
      if (result === 'added') reply.code(201).header('location', place)
      const known = await members.find(org.id, given.accountId)
      return memberJson({
        displayName: known?.displayName ?? null,
        disabledAt: known?.disabledAt ?? null,
        ...given,
      })
    },
  )
}

function removeMemberRoute(app: ZodApp, { members, ownedOrganization }: MembersParts): void {
  app.delete(
    '/orgs/:org/members/:accountId',
    {
      config: CONFIG,
      schema: {
        summary: 'Take an account out of an organisation; 409 when that would leave no owner',
        tags: ['members'],
        params: Member,
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request, reply) => {
      const { principal, params } = request
      const { id } = await ownedOrganization(principal, params.org)
      const wasOne = await members.remove(id, params.accountId, actorOf(request))
      if (!wasOne) throw new AppError('NOT_FOUND', { details: { reason: 'no such member' } })
      return reply.code(204).send(null)
    },
  )
}

function memberJson({
  accountId,
  role,
  displayName,
  disabledAt,
}: NamedOrgMember): z.output<typeof MemberJson> {
  return { accountId, role, displayName, disabled: disabledAt !== null }
}
