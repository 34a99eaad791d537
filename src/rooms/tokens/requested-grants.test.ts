import { expect, test } from 'vitest'
import type { Resource } from '../../kernel/access.ts'
import type { FindRepository } from '../../kernel/directory.ts'
import { UNRESTRICTED, type Role } from '../../kernel/grants.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Repository } from '../../kernel/repository.ts'
import { requestedGrants } from './requested-grants.ts'

const BASE = 'https://sluice.example'
const ADA: Principal = {
  kind: 'user',
  accountId: 'ada',
  displayName: 'Ada',
  email: null,
  grants: UNRESTRICTED,
}
const ROLES: Readonly<Record<string, Role | null>> = { mine: 'owner', hidden: null }

/** What a request makes the server look up, in order, and how it ends. */
async function lookUpsFor(name: string, scope?: string): Promise<readonly string[]> {
  const asked: string[] = []
  const find: FindRepository = (address) => {
    const slug = address.kind === 'path' ? address.slug : ''
    asked.push('repository')
    const resource = { ...PLACE, slug, role: ROLES[slug] ?? null } satisfies Resource
    const repo = { id: PLACE.id, state: 'active' } as Repository
    return Promise.resolve(slug in ROLES ? { repo, resource } : null)
  }
  const organisations = {
    find: (org: string) => {
      asked.push('organisation')
      return Promise.resolve({ id: `${org}-id`, slug: org })
    },
    mayCreateIn: () => {
      asked.push('membership')
      return Promise.resolve(false)
    },
  }
  const requested = requestedGrants({ bases: [BASE], surfaceOrg: 'surface', find, organisations })
  await requested({ scope, audiences: [`${BASE}/acme/${name}`] }, ADA).then(
    () => asked.push('granted'),
    (err: { code: string }) => asked.push(err.code),
  )
  return asked
}

const PLACE = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057' as RepoId,
  orgId: 'acme-id',
  orgSlug: 'acme',
  surface: false,
  visibility: 'private',
} as const

test.each([undefined, 'repo:pull', 'repo:push', 'repo:create', 'repo:create repo:push', 'repo:admin'])(
  'a hidden repository costs the same look-ups as an absent one, so that time tells nothing (scope %s)',
  async (scope) => {
    const hidden = await lookUpsFor('hidden', scope)
    expect(hidden).toEqual(await lookUpsFor('absent', scope))
    expect(hidden.at(-1)).toBe('OAUTH_INVALID_TARGET')
  },
)

test.each([undefined, 'repo:pull', 'repo:pull repo:push repo:admin'])(
  'a repository is looked up once, however many words speak of it (scope %s)',
  async (scope) => {
    expect(await lookUpsFor('mine', scope)).toEqual(['repository', 'granted'])
  },
)
