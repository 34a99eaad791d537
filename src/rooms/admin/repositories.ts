/** `GET /admin/repos`, `GET /admin/repos/{id}`, `POST /admin/repos/{id}/archive`: any repository of the server. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { linkNext, pageQuery } from '../../http/pagination.ts'
import { RepositoryJson, toJson } from '../../http/repository-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import { parseRepoId, type RepoId } from '../../kernel/ids.ts'
import { principalKey } from '../../kernel/principal.ts'
import type { RepoHandle, Repository } from '../../kernel/repository.ts'
import type { Repositories } from '../../store/repositories.ts'

export interface AdminRepositoriesParts {
  readonly repositories: Pick<Repositories, 'list' | 'byId' | 'update'>
  /** @param principal name in the queue for git */
  readonly countObjects: (
    repo: RepoHandle,
    principal: string,
  ) => Promise<{ storageExists: boolean; objectCount: number; sizeBytes: number }>
  /** Milliseconds since 1970; `null`: never. */
  readonly lastMaintenance: (id: RepoId) => Promise<number | null>
  readonly publicBaseUrl: string
}

const Query = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  search: z
    .string()
    .max(128)
    .refine((text) => !/[\x00-\x1f\x7f]/.test(text), { error: 'holds a control character' })
    .optional()
    .meta({ description: 'part of the name or slug' }),
})

const Params = z.object({ id: z.uuid().toLowerCase() })

const InspectedRepository = RepositoryJson.extend({
  state: z.enum(['active', 'deleted']).meta({ description: '`deleted`: can still be restored' }),
  storageExists: z.boolean(),
  objectCount: z.number(),
  lastMaintenanceAt: z.iso.datetime().nullable(),
}).meta({
  id: 'InspectedRepository',
  example: {
    ...(RepositoryJson.meta()?.['example'] as object),
    state: 'active',
    storageExists: true,
    objectCount: 42,
    lastMaintenanceAt: null,
  },
})

export function adminRepositoryRoutes(app: ZodApp, parts: AdminRepositoriesParts): void {
  listRoute(app, parts)
  inspectRoute(app, parts)
  archiveRoute(app, parts)
}

function listRoute(app: ZodApp, { repositories, publicBaseUrl }: AdminRepositoriesParts): void {
  app.get(
    '/admin/repos',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'List all repositories, newest first',
        tags: ['admin'],
        querystring: Query,
        response: { 200: z.array(RepositoryJson), ...failures(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { search, ...page } = request.query
      const { items, nextCursor } = await repositories.list(
        { q: search, which: 'all', accountId: null },
        page,
      )
      linkNext(request, reply, nextCursor)
      return items.map(({ repo }) => toJson(repo, publicBaseUrl))
    },
  )
}

function inspectRoute(app: ZodApp, parts: AdminRepositoriesParts): void {
  app.get(
    '/admin/repos/:id',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'Read a repository and what it takes on disk; also a deleted one, until it is purged',
        tags: ['admin'],
        params: Params,
        response: { 200: InspectedRepository, ...failures(400, 401, 403, 404, 429, 503) },
      },
    },
    async ({ params, principal }) => {
      const { repo, state } = await visible(parts.repositories, params.id)
      const counts = await parts.countObjects(repo, principalKey(principal))
      const at = await parts.lastMaintenance(repo.id)
      const lastMaintenanceAt = at === null ? null : new Date(at).toISOString()
      return { ...toJson(repo, parts.publicBaseUrl), ...counts, state, lastMaintenanceAt }
    },
  )
}

function archiveRoute(app: ZodApp, { repositories, publicBaseUrl }: AdminRepositoriesParts): void {
  app.post(
    '/admin/repos/:id/archive',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'Archive a repository: it takes no write until its owner un-archives it',
        tags: ['admin'],
        params: Params,
        response: { 200: RepositoryJson, ...failures(400, 401, 403, 404, 429) },
      },
    },
    async (request) => {
      const id = parseRepoId(request.params.id)
      return toJson(await repositories.update(id, { archived: true }, actorOf(request)), publicBaseUrl)
    },
  )
}

/** One that is only being made is nobody's business yet. */
async function visible(
  repositories: Pick<Repositories, 'byId'>,
  id: string,
): Promise<{ repo: Repository; state: 'active' | 'deleted' }> {
  const repo = await repositories.byId(parseRepoId(id))
  if (!repo || repo.state === 'provisional') throw new AppError('REPO_NOT_FOUND')
  return { repo, state: repo.state }
}
