/** `GET /repos/{org}/{repo}/tags` and `GET /repos/{org}/{repo}/tags/{*tag}`. */
import { z } from 'zod'
import { isFresh, weakEtag } from '../../../http/conditional.ts'
import { linkNext } from '../../../http/pagination.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import type { RefSnapshots } from '../../../git/refs/ref-snapshots.ts'
import { AppError } from '../../../kernel/errors.ts'
import { RefNameParam, refNamed } from './names.ts'
import { pageOfRefs, RefsQuery, versionOf } from './page-of-refs.ts'
import { TagJson, toTagJson } from './tag-json.ts'

export interface TagsListParts {
  readonly snapshots: Pick<RefSnapshots, 'get'>
  readonly objects: Pick<StoredObjects, 'tag'>
  readonly findDeleted: FindDeleted
}

export function tagsListRoute(app: ZodApp, { snapshots, objects, findDeleted }: TagsListParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/tags`,
    {
      config: { access: accessBelow('read', findDeleted) },
      schema: {
        summary: 'List tags',
        tags: ['tags'],
        params: RepositoryParams,
        querystring: RefsQuery,
        response: { 200: z.array(TagJson), 304: z.null(), ...failures(400, 401, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { items, nextCursor } = pageOfRefs(await snapshots.get(repo), 'refs/tags/', request.query)
      linkNext(request, reply, nextCursor)
      const facts = items.map(({ short, oid }) => [short, oid])
      if (isFresh(request, reply, weakEtag(versionOf([facts, nextCursor])))) return reply.code(304).send(null)
      return reply.send(await Promise.all(items.map((tag) => toTagJson(objects, repo, tag))))
    },
  )
}

export function tagReadRoute(app: ZodApp, { snapshots, objects, findDeleted }: TagsListParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/tags/*`,
    {
      config: { access: accessBelow('read', findDeleted) },
      schema: {
        summary: 'Read a tag',
        tags: ['tags'],
        params: RepositoryParams.extend({ '*': RefNameParam }),
        response: { 200: TagJson, 304: z.null(), ...failures(400, 401, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const short = request.params['*']
      const ref = refNamed('refs/tags/', short)
      const found = ref && (await snapshots.get(repo)).find(ref)
      if (!found) throw new AppError('NOT_FOUND', { details: { reason: 'no such tag', tag: short } })
      if (isFresh(request, reply, weakEtag(found.oid))) return reply.code(304).send(null)
      return reply.send(await toTagJson(objects, repo, { ...found, short }))
    },
  )
}
