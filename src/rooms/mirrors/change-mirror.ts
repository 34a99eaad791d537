/** `DELETE …/mirrors/{name}` and `POST …/mirrors/{name}/push`. */
import { z } from 'zod'
import { actorOf } from '../../http/actor.ts'
import { accessBelow, REPOSITORY_PREFIX, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { Mirrors } from '../../store/mirrors/mirrors.ts'
import { MirrorJson, mirrorJson, MirrorParams, noSuchMirror } from './mirror-json.ts'
import { checkIsOwn } from './set-mirror.ts'

export interface ChangeMirrorParts {
  readonly mirrors: Pick<Mirrors, 'remove' | 'pushNow' | 'find'>
  readonly findDeleted: FindDeleted
}

export function changeMirrorRoutes(app: ZodApp, { mirrors, findDeleted }: ChangeMirrorParts): void {
  const access = accessBelow('admin', findDeleted)
  app.delete(
    `${REPOSITORY_PREFIX}/mirrors/:name`,
    {
      config: { access },
      schema: {
        summary: 'Remove a mirror; what is at the remote stays there',
        tags: ['mirrors'],
        params: MirrorParams,
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 410, 422, 429) },
      },
    },
    async (request, reply) => {
      checkIsOwn(request.params.name)
      const wasThere = await mirrors.remove(request.found.repo.id, request.params.name, actorOf(request))
      if (!wasThere) throw noSuchMirror()
      return reply.code(204).send(null)
    },
  )
  app.post(
    `${REPOSITORY_PREFIX}/mirrors/:name/push`,
    {
      config: { access },
      schema: {
        summary: 'Push every ref to a mirror now, also what it is known to have',
        tags: ['mirrors'],
        params: MirrorParams,
        response: { 202: MirrorJson, ...failures(400, 401, 403, 404, 410, 429) },
      },
    },
    async ({ found, params }, reply) => {
      await mirrors.pushNow(found.repo.id, params.name)
      const mirror = await mirrors.find(found.repo.id, params.name)
      if (!mirror) throw noSuchMirror()
      return reply.code(202).send(mirrorJson(mirror))
    },
  )
}
