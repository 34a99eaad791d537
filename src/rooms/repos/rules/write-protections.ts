/** `PUT` and `DELETE …/protections/{*pattern}`. Where several rules hold a branch, each of them must agree. */
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import { accessBelow, REPOSITORY_PREFIX, type FindDeleted } from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Protections } from '../../../store/protections.ts'
import { noSuchRule, ProtectionJson, protectionJson, ProtectionParams, Rule } from './protection-json.ts'

export interface WriteProtectionsParts {
  readonly protections: Pick<Protections, 'put' | 'remove'>
  readonly findDeleted: FindDeleted
}

export function writeProtectionRoutes(app: ZodApp, parts: WriteProtectionsParts): void {
  const access = accessBelow('admin', parts.findDeleted)
  app.put(
    `${REPOSITORY_PREFIX}/protections/*`,
    {
      config: { access },
      schema: {
        summary: 'Set the rule of a branch or a pattern; of several that hold a branch each must agree',
        tags: ['protections'],
        params: ProtectionParams,
        body: Rule,
        response: {
          200: ProtectionJson,
          201: ProtectionJson,
          ...failures(400, 401, 403, 404, 410, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const rule = { pattern: request.params['*'], ...request.body }
      const { result, protection } = await parts.protections.put(repo.id, rule, actorOf(request))
      const place = `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}/protections/${inPath(rule.pattern)}`
      if (result === 'added') reply.code(201).header('location', place)
      return protectionJson(protection)
    },
  )
  app.delete(
    `${REPOSITORY_PREFIX}/protections/*`,
    {
      config: { access },
      schema: {
        summary: 'Remove the rule of a branch or a pattern',
        tags: ['protections'],
        params: ProtectionParams,
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const pattern = request.params['*']
      const wasThere = await parts.protections.remove(request.found.repo.id, pattern, actorOf(request))
      if (!wasThere) throw noSuchRule(pattern)
      return reply.code(204).send(null)
    },
  )
}

function inPath(pattern: string): string {
  return pattern.split('/').map(encodeURIComponent).join('/')
}
