/** `PUT …/mirrors/{name}`: where a repository is pushed to from now on. */
import type { FastifyRequest } from 'fastify'
import { actorOf } from '../../http/actor.ts'
import { accessBelow, REPOSITORY_PREFIX, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { may } from '../../kernel/access.ts'
import type { FindRepository } from '../../kernel/directory.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { TAKEN } from '../../store/mirrors/claim-remote.ts'
import { INTEGRATION } from '../../store/mirrors/mirror-rows.ts'
import type { Mirrors } from '../../store/mirrors/mirrors.ts'
import type { Seal } from '../../store/secrets/seal.ts'
import { credentialOf, writeCredential } from './credential.ts'
import { MirrorBody, MirrorJson, mirrorJson, MirrorParams, noSuchMirror } from './mirror-json.ts'
import { checkAddress, type RemoteAddressParts } from './remote-address.ts'
import { remoteKeyOf } from './remote-url.ts'

export interface SetMirrorParts extends RemoteAddressParts {
  readonly mirrors: Pick<Mirrors, 'put' | 'find'>
  readonly seal: Pick<Seal, 'seal'>
  readonly find: FindRepository
  readonly findDeleted: FindDeleted
}

export function setMirrorRoute(app: ZodApp, parts: SetMirrorParts): void {
  const { mirrors, seal } = parts
  app.put(
    `${REPOSITORY_PREFIX}/mirrors/:name`,
    {
      config: { access: accessBelow('admin', parts.findDeleted) },
      schema: {
        summary: 'Set where the repository is pushed to whenever its refs move; pushes at once',
        tags: ['mirrors'],
        params: MirrorParams,
        body: MirrorBody,
        response: {
          200: MirrorJson,
          201: MirrorJson,
          ...failures(400, 401, 403, 404, 409, 410, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { name } = request.params
      const { credential, refs } = request.body
      checkIsOwn(name)
      const url = new URL(request.body.url)
      await checkAddress(parts, url)
      const sealed =
        credential && ((row: string) => seal.seal(writeCredential(credentialOf(credential)), row))
      const wanted = { name, url: url.href, remoteKey: remoteKeyOf(url), refs, seal: sealed ?? null }
      const set = await mirrors.put(repo.id, wanted, actorOf(request))
      if (set.result === 'taken') throw await taken(parts.find, request, set.by)
      const place = `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}/mirrors/${name}`
      if (set.result === 'added') reply.code(201).header('location', place)
      const mirror = await mirrors.find(repo.id, name)
      if (!mirror) throw noSuchMirror() // somebody has removed it meanwhile
      return mirrorJson(mirror)
    },
  )
}

/** @throws AppError `UNPROCESSABLE` */
export function checkIsOwn(name: string): void {
  if (name !== INTEGRATION) return
  const reason =
    'the mirror of this name comes from the integration of the organisation, and is changed there'
  throw new AppError('UNPROCESSABLE', { details: { reason } })
}

/** Names the other repository to whoever may read it, and to nobody else. */
async function taken(
  find: FindRepository,
  { principal }: Pick<FastifyRequest, 'principal'>,
  by: RepoId,
): Promise<AppError> {
  const found = await find({ kind: 'id', id: by }, principal)
  const isSeen = found !== null && found.repo.state === 'active' && may(principal, 'read', found.resource)
  const repository = isSeen ? { repository: `${found.repo.orgSlug}/${found.repo.slug}` } : {}
  return new AppError('CONFLICT', { details: { reason: TAKEN, ...repository } })
}
