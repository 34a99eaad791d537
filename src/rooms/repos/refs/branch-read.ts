/** `GET /repos/{org}/{repo}/branches/{*branch}`. */
import { z } from 'zod'
import { isFresh, weakEtag } from '../../../http/conditional.ts'
import { accessBelow, REPOSITORY_PREFIX, RepositoryParams } from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import { BranchJson, toBranchJson } from './branch-json.ts'
import type { BranchesListParts } from './branches-list.ts'
import { RefNameParam, refNamed } from './names.ts'

export function branchReadRoute(app: ZodApp, parts: BranchesListParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/branches/*`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Read a branch',
        tags: ['branches'],
        params: RepositoryParams.extend({ '*': RefNameParam }),
        response: { 200: BranchJson, 304: z.null(), ...failures(400, 401, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const name = request.params['*']
      const ref = refNamed('refs/heads/', name)
      const [snapshot, isProtected] = await Promise.all([
        parts.snapshots.get(repo),
        parts.protectionsOf(repo),
      ])
      const found = ref && snapshot.find(ref)
      if (!found) throw new AppError('NOT_FOUND', { details: { reason: 'no such branch', branch: name } })
      const isDefault = name === repo.defaultBranch
      const facts = { name, headCommit: found.oid, isDefault, protected: isProtected(name) }
      const version = [found.oid, isDefault ? 'default' : '', facts.protected ? 'protected' : '']
      if (isFresh(request, reply, weakEtag(version.filter(Boolean).join('-'))))
        return reply.code(304).send(null)
      return reply.send(await toBranchJson(parts.objects, repo, facts))
    },
  )
}
