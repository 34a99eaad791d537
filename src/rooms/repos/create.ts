/** `POST /repos`. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { RepositoryJson, toJson } from '../../http/repository-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/ports.ts'
import { subjectOf } from '../../kernel/principal.ts'
import { slugOf } from '../../kernel/slug.ts'
import {
  checkMayCreate,
  createRepository,
  type CreateParts,
  type CreatePermission,
} from './create-repository.ts'
import { BranchName, Description, Name, Organisation, Visibility } from './fields.ts'

const MAX_TTL_SECONDS = 365 * 86_400

const Body = z
  .object({
    orgId: Organisation,
    projectId: z.uuid().toLowerCase().nullish(),
    name: Name,
    description: Description.nullish(),
    visibility: Visibility.default('private'),
    defaultBranch: BranchName.default('main'),
    objectFormat: z.enum(['sha1', 'sha256']).default('sha1'),
    ttlSeconds: z
      .int()
      .min(1)
      .max(MAX_TTL_SECONDS)
      .optional()
      .meta({ description: 'the repository is deleted after this time' }),
  })
  .meta({ example: { orgId: 'acme', name: 'Rocket Parts', visibility: 'private' } })

export interface CreateRouteParts extends CreateParts, CreatePermission {
  readonly clock: Clock
  readonly publicBaseUrl: string
}

export function createRoute(app: ZodApp, parts: CreateRouteParts): void {
  app.post(
    '/repos',
    {
      config: { access: { kind: 'signed-in' }, idempotent: true },
      schema: {
        summary: 'Create a repository',
        tags: ['repositories'],
        body: Body,
        response: { 201: RepositoryJson, ...failures(400, 401, 403, 409, 429) },
      },
    },
    async (request, reply) => {
      const { orgId: org, projectId = null, description = null, ttlSeconds, ...given } = request.body
      const ownerId = subjectOf(request.principal)
      if (ownerId === null) throw new AppError('FORBIDDEN', { details: { required: 'account' } })
      const limit = await checkMayCreate(parts, request.principal, org, slugOf(given.name))
      const expiresAt = endOf(parts.clock.now(), ttlSeconds, limit)
      const wanted = { ...given, org, ownerId, projectId, description, expiresAt }
      const repo = await createRepository(parts, wanted, actorOf(request))
      reply.code(201).header('location', `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}`)
      return toJson(repo, parts.publicBaseUrl)
    },
  )
}

/** The shorter of two lives in seconds, as a time; `null` where neither ends. */
function endOf(now: number, wish: number | undefined, limit: number | null): number | null {
  const seconds = Math.min(wish ?? Infinity, limit ?? Infinity)
  return seconds === Infinity ? null : now + seconds * 1000
}
