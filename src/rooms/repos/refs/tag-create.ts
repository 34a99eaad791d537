/** `POST /repos/{org}/{repo}/tags`: with a message an annotated tag, without one a plain ref. */
import { z } from 'zod'
import { accessBelow, REPOSITORY_PREFIX, RepositoryParams } from '../../../http/repository-routes.ts'
import { writerOf } from '../../../http/writer.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Revisions } from '../../../git/revisions.ts'
import type { Door } from '../../../kernel/door.ts'
import { identityOf, type Identity } from '../../../kernel/identity.ts'
import { parseRefName, type Oid } from '../../../kernel/ids.ts'
import type { Clock, NewObject, Quarantine } from '../../../kernel/ports.ts'
import { existingCommit } from './existing-commit.ts'
import { createRef } from './move-ref.ts'
import { encodeName, NewRefName } from './names.ts'
import { TagJson, toTagJson } from './tag-json.ts'
import type { TagsListParts } from './tags-list.ts'

const MAX_MESSAGE_CHARS = 65_536

const Body = z
  .object({
    name: NewRefName,
    target: z.string().meta({ description: 'branch, tag or object id; its commit is tagged' }),
    message: z
      .string()
      .max(MAX_MESSAGE_CHARS)
      .refine((text) => text.trim() !== '', { error: 'is empty; leave it out for a tag without one' })
      .refine((text) => !text.includes('\0'), { error: 'holds a NUL' })
      .nullish()
      .meta({ description: 'makes it an annotated tag' }),
  })
  .meta({ example: { name: 'v1.0', target: 'main', message: 'first release' } })

export interface TagCreateParts extends TagsListParts {
  readonly door: Door
  readonly revisions: Pick<Revisions, 'commit'>
  readonly clock: Clock
}

export function tagCreateRoute(app: ZodApp, parts: TagCreateParts): void {
  app.post(
    `${REPOSITORY_PREFIX}/tags`,
    {
      config: { access: accessBelow('write', parts.findDeleted), idempotent: true },
      schema: {
        summary: 'Create a tag',
        tags: ['tags'],
        params: RepositoryParams,
        body: Body,
        response: { 201: TagJson, ...failures(400, 401, 403, 404, 409, 410, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { name, target, message } = request.body
      const commit = await existingCommit(parts.revisions, repo, target, 'target')
      const tagger = identityOf(request.principal)
      const seconds = Math.floor(parts.clock.now() / 1_000)
      const make = async (quarantine: Quarantine) =>
        message ? store(quarantine, tagObject({ name, commit, message, tagger, seconds })) : commit
      const oid = await createRef(parts.door, writerOf(request), parseRefName(`refs/tags/${name}`), make)
      const address = `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}/tags/${encodeName(name)}`
      reply.code(201).header('location', address)
      return toTagJson(parts.objects, repo, { short: name, oid, peeled: oid === commit ? null : commit })
    },
  )
}

async function store(quarantine: Quarantine, tag: NewObject): Promise<Oid> {
  const [oid] = await quarantine.store([tag])
  return oid as Oid
}

/** @see git-mktag(1) */
function tagObject(of: {
  name: string
  commit: Oid
  message: string
  tagger: Identity
  seconds: number
}): NewObject {
  const { name, commit, message, tagger, seconds } = of
  const header = [
    `object ${commit}`,
    'type commit',
    `tag ${name}`,
    `tagger ${tagger.name} <${tagger.email}> ${seconds} +0000`,
  ]
  const text = `${header.join('\n')}\n\n${message.trimEnd()}\n`
  return { type: 'tag', content: Buffer.from(text) }
}
