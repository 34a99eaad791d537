/** `POST /internal/repos`: the platform's other services make a repository for somebody. */
import { z } from 'zod'
import { actorOf, type Actor } from '../../http/actor.ts'
import { RepositoryJson, toJson } from '../../http/repository-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Repository } from '../../kernel/repository.ts'
import { slugOf } from '../../kernel/slug.ts'
import type { Repositories } from '../../store/repositories.ts'
import {
  createRepository,
  finishRepository,
  type CreateParts,
  type WantedRepository,
} from './create-repository.ts'
import { AccountId, Description, Name, Organisation, Visibility } from './fields.ts'

const Body = z
  .object({
    orgId: Organisation,
    projectId: z.uuid().toLowerCase().nullish(),
    ownerId: AccountId,
    name: Name,
    description: Description.nullish(),
    visibility: Visibility.default('private'),
  })
  .meta({ example: { orgId: 'acme', ownerId: '0199c0de-0000-7000-8000-00000000000a', name: 'Rocket Parts' } })

export interface InternalCreateParts extends CreateParts {
  readonly repositories: Pick<Repositories, 'insert' | 'activate' | 'discard' | 'byId' | 'byName'>
  readonly publicBaseUrl: string
}

export function internalCreateRoute(app: ZodApp, parts: InternalCreateParts): void {
  app.post(
    '/internal/repos',
    {
      config: { access: { kind: 'server-admin' }, idempotent: true },
      schema: {
        summary:
          'Create a repository for an account; the same request again answers with the same repository',
        tags: ['internal'],
        body: Body,
        response: { 200: RepositoryJson, 201: RepositoryJson, ...failures(400, 401, 403, 409) },
      },
    },
    async (request, reply) => {
      const { orgId: org, projectId = null, description = null, ...given } = request.body
      const fixed = { defaultBranch: 'main', objectFormat: 'sha1', expiresAt: null } as const
      const wanted: WantedRepository = { ...given, ...fixed, org, projectId, description }
      const by = actorOf(request)
      const known = await findSame(parts, wanted)
      const repo = known ? await whole(parts, known, by) : await createOrFind(parts, wanted, by)
      reply.code(known?.state === 'active' ? 200 : 201)
      return toJson(repo, parts.publicBaseUrl)
    },
  )
}

/** Two services that ask at once get one repository. */
async function createOrFind(
  parts: InternalCreateParts,
  wanted: WantedRepository,
  by: Actor,
): Promise<Repository> {
  try {
    return await createRepository(parts, wanted, by)
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'ALREADY_EXISTS')) throw err
    const same = await findSame(parts, wanted)
    if (!same) throw err
    return whole(parts, same, by)
  }
}

/** One that another request is making, or died making, is finished here. */
async function whole(parts: InternalCreateParts, repo: Repository, by: Actor): Promise<Repository> {
  return repo.state === 'active' ? repo : finishRepository(parts, repo, by)
}

/** Provisional ones too: two who ask at once mean one repository. */
async function findSame(
  { repositories }: InternalCreateParts,
  { org, projectId, ownerId, name }: WantedRepository,
): Promise<Repository | null> {
  const repo = await repositories.byName(org, slugOf(name))
  const isSame = repo?.projectId === projectId && repo.ownerId === ownerId && repo.name === name
  return isSame ? repo : null
}
