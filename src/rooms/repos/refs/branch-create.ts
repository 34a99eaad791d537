/** `POST /repos/{org}/{repo}/branches`: a branch at a commit that is there already. */
import { z } from 'zod'
import { accessBelow, REPOSITORY_PREFIX, RepositoryParams } from '../../../http/repository-routes.ts'
import { writerOf } from '../../../http/writer.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Revisions } from '../../../git/revisions.ts'
import type { Door } from '../../../kernel/door.ts'
import { branchRef } from '../../../kernel/ids.ts'
import { BranchJson, toBranchJson } from './branch-json.ts'
import type { BranchesListParts } from './branches-list.ts'
import { createRef } from './move-ref.ts'
import { encodeName, NewRefName } from './names.ts'
import { existingCommit } from './existing-commit.ts'

const StartPoint = z.string().meta({ description: 'branch, tag or object id' })

const Body = z
  .object({
    name: NewRefName,
    startPoint: StartPoint.optional(),
    start_point: StartPoint.optional().meta({ description: 'the same, as older clients name it' }),
  })
  .meta({ example: { name: 'feature/x', startPoint: 'main' } })
  .refine(({ startPoint, start_point }) => (startPoint ?? start_point) !== undefined, {
    path: ['startPoint'],
    error: 'is required',
  })

export interface BranchCreateParts extends BranchesListParts {
  readonly door: Door
  readonly revisions: Pick<Revisions, 'commit'>
}

export function branchCreateRoute(app: ZodApp, parts: BranchCreateParts): void {
  app.post(
    `${REPOSITORY_PREFIX}/branches`,
    {
      config: { access: accessBelow('write', parts.findDeleted), idempotent: true },
      schema: {
        summary: 'Create a branch',
        tags: ['branches'],
        params: RepositoryParams,
        body: Body,
        response: { 201: BranchJson, ...failures(400, 401, 403, 404, 409, 410, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { name, startPoint, start_point } = request.body
      const start = startPoint ?? start_point ?? ''
      const oid = await existingCommit(parts.revisions, repo, start, 'startPoint')
      await createRef(parts.door, writerOf(request), branchRef(name), async () => oid)
      const isProtected = await parts.protectionsOf(repo)
      const isDefault = name === repo.defaultBranch
      const address = `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}/branches/${encodeName(name)}`
      reply.code(201).header('location', address)
      const facts = { name, headCommit: oid, isDefault, protected: isProtected(name) }
      return toBranchJson(parts.objects, repo, facts)
    },
  )
}
