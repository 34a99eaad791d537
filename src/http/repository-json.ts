/** A repository as the REST API shows it. */
import { z } from 'zod'
import { PROTECTED_PUSHES, type Repository } from '../kernel/repository.ts'
import { isHashedSlug } from '../kernel/slug.ts'

const Time = z.iso.datetime()

export const RepositoryJson = z
  .object({
    id: z.uuid(),
    ownerId: z.string(),
    orgId: z.string(),
    orgSlug: z.string(),
    projectId: z.string().nullable(),
    name: z.string(),
    slug: z.string(),
    description: z.string().nullable(),
    visibility: z.enum(['public', 'private']),
    defaultBranch: z.string(),
    objectFormat: z.enum(['sha1', 'sha256']),
    archived: z.boolean(),
    protectedPush: z.enum(PROTECTED_PUSHES),
    kind: z.enum(['hosted', 'gate', 'grasp']),
    cloneUrl: z.string(),
    sizeBytes: z.number(),
    pushedAt: Time.nullable(),
    createdAt: Time,
    updatedAt: Time,
    expiresAt: Time.nullable(),
  })
  .meta({
    id: 'Repository',
    example: {
      id: '0199c0de-0000-7000-8000-000000000001',
      ownerId: '0199c0de-0000-7000-8000-00000000000a',
      orgId: '0199c0de-0000-7000-8000-0000000000aa',
      orgSlug: 'acme',
      projectId: null,
      name: 'Rocket Parts',
      slug: 'rocket-parts',
      description: 'Everything that flies.',
      visibility: 'private',
      defaultBranch: 'main',
      objectFormat: 'sha1',
      archived: false,
      protectedPush: 'refuse',
      kind: 'hosted',
      cloneUrl: 'https://git.example.com/acme/rocket-parts.git',
      sizeBytes: 20480,
      pushedAt: '2026-01-02T03:04:05.678Z',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
      expiresAt: null,
    },
  })

/** @param publicBaseUrl without a slash at its end */
export function toJson(repo: Repository, publicBaseUrl: string): z.output<typeof RepositoryJson> {
  const { path: _path, state: _state, ...shown } = repo
  return {
    ...shown,
    cloneUrl: `${publicBaseUrl}/${clonePath(repo)}.git`,
    pushedAt: timeOf(repo.pushedAt),
    createdAt: new Date(repo.createdAt).toISOString(),
    updatedAt: new Date(repo.updatedAt).toISOString(),
    expiresAt: timeOf(repo.expiresAt),
  }
}

/** git finds repositories of nostr by their identifier, which is not always known here; by their id it finds all. */
function clonePath({ id, kind, orgSlug, slug }: Repository): string {
  return kind === 'grasp' && isHashedSlug(slug) ? `by-id/${id}` : `${orgSlug}/${slug}`
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
