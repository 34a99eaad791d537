/** `GET /repos`: what the caller can read, newest first. */
import { z } from 'zod'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import { RepositoryJson, toJson } from '../../http/repository-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { isAllPowerful, layersOf, may } from '../../kernel/access.ts'
import type { GrantTarget } from '../../kernel/grants.ts'
import { subjectOf, type Principal } from '../../kernel/principal.ts'
import type { Repositories } from '../../store/repositories.ts'
import { Line, Organisation, Visibility } from './fields.ts'

const Query = z.object({
  ...pageQuery({ default: 20, max: 100 }),
  orgId: Organisation.optional(),
  projectId: Line.max(128).optional(),
  q: Line.max(128).optional().meta({ description: 'part of the name or slug' }),
  visibility: Visibility.optional(),
  archived: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  kind: z.enum(['hosted', 'gate', 'grasp']).optional(),
})

export interface ListParts {
  readonly repositories: Pick<Repositories, 'list'>
  readonly publicBaseUrl: string
}

export function listRoute(app: ZodApp, { repositories, publicBaseUrl }: ListParts): void {
  app.get(
    '/repos',
    {
      config: { access: { kind: 'signed-in' } },
      schema: {
        summary: 'List repositories',
        tags: ['repositories'],
        querystring: Query,
        response: { 200: z.array(RepositoryJson), ...failures(400, 401, 429) },
      },
    },
    async (request, reply) => {
      const { principal, query } = request
      const { orgId, limit, offset, cursor, ...filter } = query
      const which = isAllPowerful(principal) ? 'all' : 'readable'
      const page = await repositories.list(
        { ...filter, org: orgId, which, reach: reachOf(principal), accountId: subjectOf(principal) },
        { limit, offset, cursor },
      )
      linkNext(request, reply, page.nextCursor)
      const readable = page.items.filter(({ resource }) => may(principal, 'read', resource))
      return readable.map(({ repo }) => toJson(repo, publicBaseUrl))
    },
  )
}

/** What the credential covers, and each that it was minted from; all of it is readable, for whoever has a role there. */
function reachOf(principal: Principal): readonly (readonly GrantTarget[])[] | undefined {
  if (isAllPowerful(principal)) return undefined
  return layersOf(principal.grants).map(({ repositories }) =>
    repositories.filter(({ actions }) => actions.some((action) => action !== 'create')).map((g) => g.target),
  )
}
