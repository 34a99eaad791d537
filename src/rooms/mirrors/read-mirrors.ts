/** `GET …/mirrors` and `GET …/mirrors/{name}`, for owners. */
import { z } from 'zod'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { Mirrors } from '../../store/mirrors/mirrors.ts'
import { MirrorJson, mirrorJson, MirrorParams, noSuchMirror } from './mirror-json.ts'

export interface ReadMirrorsParts {
  readonly mirrors: Pick<Mirrors, 'list' | 'find'>
  readonly findDeleted: FindDeleted
}

export function readMirrorRoutes(app: ZodApp, { mirrors, findDeleted }: ReadMirrorsParts): void {
  const access = accessBelow('admin', findDeleted)
  app.get(
    `${REPOSITORY_PREFIX}/mirrors`,
    {
      config: { access },
      schema: {
        summary: 'List the mirrors of a repository and how they do, by name; there are at most 10',
        tags: ['mirrors'],
        params: RepositoryParams,
        response: { 200: z.array(MirrorJson), ...failures(401, 403, 404, 410, 429) },
      },
    },
    async ({ found }) => (await mirrors.list(found.repo.id)).map(mirrorJson),
  )
  app.get(
    `${REPOSITORY_PREFIX}/mirrors/:name`,
    {
      config: { access },
      schema: {
        summary: 'Read one mirror and how it does',
        tags: ['mirrors'],
        params: MirrorParams,
        response: { 200: MirrorJson, ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async ({ found, params }) => {
      const mirror = await mirrors.find(found.repo.id, params.name)
      if (!mirror) throw noSuchMirror()
      return mirrorJson(mirror)
    },
  )
}
