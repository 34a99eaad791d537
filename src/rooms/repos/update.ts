/** `PATCH /repos/{org}/{repo}`: what an owner may change. A new name leaves a redirect behind. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { RepositoryJson, toJson } from '../../http/repository-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { AppError } from '../../kernel/errors.ts'
import { branchRef, type RefName } from '../../kernel/ids.ts'
import type { GitStore } from '../../kernel/ports.ts'
import { PROTECTED_PUSHES, type RepoHandle, type Repository } from '../../kernel/repository.ts'
import { slugOf } from '../../kernel/slug.ts'
import type { Repositories } from '../../store/repositories.ts'
import { ADDRESS_FORMS, accessTo, type FindDeleted } from '../../http/repository-routes.ts'
import { BranchName, Description, Name, Visibility } from './fields.ts'

const Body = z
  .object({
    name: Name.optional(),
    description: Description.nullish().meta({ description: '`null` clears it' }),
    visibility: Visibility.optional(),
    defaultBranch: BranchName.optional().meta({ description: 'must exist' }),
    archived: z.boolean().optional(),
    protectedPush: z.enum(PROTECTED_PUSHES).optional().meta({
      description: 'what becomes of a push to a branch whose rules ask for a pull request',
    }),
  })
  .meta({ example: { name: 'Rocket Engines', description: null } })

export interface UpdateParts {
  readonly repositories: Pick<Repositories, 'update'>
  readonly refs: Pick<GitStore, 'readRefs'>
  /** Points HEAD at a branch. */
  readonly setHead: (repo: RepoHandle, branch: RefName) => Promise<void>
  readonly findDeleted: FindDeleted
  readonly publicBaseUrl: string
}

export function updateRoutes(app: ZodApp, parts: UpdateParts): void {
  for (const form of ADDRESS_FORMS) {
    app.patch(
      form.prefix,
      {
        config: { access: accessTo(form, 'admin', parts.findDeleted) },
        schema: {
          summary: 'Change a repository',
          tags: ['repositories'],
          params: form.params,
          body: Body,
          response: { 200: RepositoryJson, ...failures(400, 401, 403, 404, 409, 410, 422, 429) },
        },
      },
      async (request) => {
        const { repo } = request.found
        const { name, defaultBranch, ...given } = request.body
        checkNotArchived(repo, request.body)
        if (defaultBranch !== undefined) await checkBranch(parts.refs, repo, defaultBranch)
        const renamed = name === undefined ? {} : { name, slug: slugOf(name) }
        const patch = withoutUndefined({ ...given, ...renamed, defaultBranch })
        const after = await parts.repositories.update(repo.id, patch, actorOf(request))
        if (defaultBranch !== undefined) await parts.setHead(repo, branchRef(defaultBranch))
        return toJson(after, parts.publicBaseUrl)
      },
    )
  }
}

/** An archived repository can be un-archived, and changed in the same request. */
function checkNotArchived(repo: Repository, patch: z.output<typeof Body>): void {
  const { archived, ...others } = patch
  const changes = Object.values(others).some((value) => value !== undefined)
  if (repo.archived && archived !== false && changes) {
    throw new AppError('REPO_ARCHIVED', { details: { reason: 'archived' } })
  }
}

async function checkBranch(refs: UpdateParts['refs'], repo: Repository, branch: string): Promise<void> {
  const ref = branchRef(branch)
  if ((await refs.readRefs(repo, [ref])).has(ref)) return
  throw new AppError('UNPROCESSABLE', { details: { reason: 'no such branch', defaultBranch: branch } })
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(fields: T): Defined<T> {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(defined) as Defined<T>
}
