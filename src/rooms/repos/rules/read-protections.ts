/** `GET …/protections` and `GET …/protections/{*pattern}`: whoever reads the repository sees what binds a push. */
import { z } from 'zod'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Protections } from '../../../store/protections.ts'
import { noSuchRule, ProtectionJson, protectionJson, ProtectionParams } from './protection-json.ts'

export interface ReadProtectionsParts {
  readonly protections: Pick<Protections, 'of'>
  readonly findDeleted: FindDeleted
}

export function readProtectionRoutes(app: ZodApp, { protections, findDeleted }: ReadProtectionsParts): void {
  const access = accessBelow('read', findDeleted, 'without refs')
  app.get(
    `${REPOSITORY_PREFIX}/protections`,
    {
      config: { access },
      schema: {
        summary: 'List the rules of branches, by pattern; there are at most 100',
        tags: ['protections'],
        params: RepositoryParams,
        response: { 200: z.array(ProtectionJson), ...failures(401, 404, 410, 429) },
      },
    },
    async ({ found }) => (await protections.of(found.repo.id)).map(protectionJson),
  )
  app.get(
    `${REPOSITORY_PREFIX}/protections/*`,
    {
      config: { access },
      schema: {
        summary: 'Read the rule of one pattern',
        tags: ['protections'],
        params: ProtectionParams,
        response: { 200: ProtectionJson, ...failures(400, 401, 404, 410, 429) },
      },
    },
    async ({ found, params }) => {
      const rules = await protections.of(found.repo.id)
      const rule = rules.find(({ pattern }) => pattern === params['*'])
      if (!rule) throw noSuchRule(params['*'])
      return protectionJson(rule)
    },
  )
}
