/** `GET /admin/grasp/repositories`: what is announced here, and whether its git data has come. */
import { z } from 'zod'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { npubOf } from '../../../nostr/npub.ts'
import type { ListedRepository } from '../../../store/nostr/grasp-lists.ts'
import type { AdminGraspParts } from './parts.ts'
import { timeOf } from './time.ts'

const Status = z.enum(['purgatory', 'live', 'archived'])
const Time = z.iso.datetime()

const Query = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  status: Status.optional(),
})

const GraspRepositoryJson = z
  .object({
    repoId: z.uuid(),
    owner: z.string().meta({ description: 'as npub' }),
    identifier: z.string(),
    form: z
      .enum(['announced', 'contributed'])
      .meta({ description: '`contributed`: tips for a repository elsewhere, below `/prs`' }),
    status: Status,
    cloneUrl: z.string(),
    orgSlug: z.string(),
    slug: z.string().meta({ description: 'with `orgSlug`, what other routes and commands call it' }),
    pushedAt: Time.nullable(),
    waitsUntil: Time.nullable().meta({ description: 'what has no git data by then is dropped' }),
    createdAt: Time,
  })
  .meta({
    id: 'GraspRepository',
    example: {
      repoId: '0199c0de-0000-7000-8000-000000000001',
      owner: 'npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d',
      identifier: 'Rocket Parts',
      form: 'announced',
      status: 'purgatory',
      cloneUrl:
        'https://git.example.com/npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d/Rocket%20Parts.git',
      orgSlug: 'npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d',
      slug: 'id-0123456789abcdef0123456789abcdef',
      pushedAt: null,
      waitsUntil: '2026-01-01T00:30:00.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
    },
  })

export function graspRepositoriesRoute(app: ZodApp, { grasp, publicBaseUrl }: AdminGraspParts): void {
  app.get(
    '/admin/grasp/repositories',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'List repositories that nostr events announce, newest first',
        tags: ['admin'],
        querystring: Query,
        response: { 200: z.array(GraspRepositoryJson), ...failures(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { status, ...page } = request.query
      const { items, nextCursor } = await grasp.repositories({ status }, page)
      linkNext(request, reply, nextCursor)
      return items.map((repository) => toJson(repository, publicBaseUrl))
    },
  )
}

function toJson(repository: ListedRepository, baseUrl: string): z.output<typeof GraspRepositoryJson> {
  const owner = npubOf(repository.owner)
  const place = repository.form === 'announced' ? owner : `prs/${owner}`
  return {
    ...repository,
    owner,
    cloneUrl: `${baseUrl}/${place}/${encodeURIComponent(repository.identifier)}.git`,
    pushedAt: timeOf(repository.pushedAt),
    waitsUntil: timeOf(repository.waitsUntil),
    createdAt: new Date(repository.createdAt).toISOString(),
  }
}
