/** No chain of exchanges ends in a token that may do more than any before it: when it is minted, and when it comes back. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BASE, identity, type IdentityWorld } from '../../../test/support/identity.ts'
import {
  grantAllowsRef,
  isAllPowerful,
  isWholeSubject,
  layersCovering,
  maxPackBytes,
  may,
  mayCreate,
  type Resource,
} from '../../kernel/access.ts'
import type { FindRepository } from '../../kernel/directory.ts'
import { AppError } from '../../kernel/errors.ts'
import { grantsOfClaims } from '../../kernel/granting/grants-of-claims.ts'
import { UNRESTRICTED, type Grants, type Role } from '../../kernel/grants.ts'
import type { RefName, RepoId } from '../../kernel/ids.ts'
import type { PresentedToken, Principal } from '../../kernel/principal.ts'
import type { Repository } from '../../kernel/repository.ts'
import { issueAccessToken } from './issue-access-token.ts'
import { requestedGrants, type GrantRequest } from './requested-grants.ts'
import type { IssueAccessToken } from './token-endpoint-types.ts'
import { lineageOf } from './token-lifetime.ts'

const SURFACE_ORG = 'surface'
const IDS = [
  '01890a5d-ac96-774b-bcce-b302099a8057',
  '01890a5d-ac96-774b-bcce-b302099a8058',
  '01890a5d-ac96-774b-bcce-b302099a8059',
] as readonly string[] as readonly RepoId[]
const PLACES = [
  { orgSlug: 'acme', slug: 'site' },
  { orgSlug: 'acme', slug: 'notes' },
  { orgSlug: SURFACE_ORG, slug: 'page' },
]
const NOWHERE = { orgId: 'acme-id', orgSlug: 'acme', slug: 'absent', surface: false }
const REFS = [
  'refs/heads/main',
  'refs/heads/agent/a',
  'refs/tags/v1',
] as readonly string[] as readonly RefName[]
const PATHS = ['docs/a.md', 'src/a.ts']
const VERBS = ['push', 'force', 'delete'] as const
const SIZES = [0, 1_000, 2_000, 3_000]

let w: IdentityWorld
let issue: IssueAccessToken
let administrator: string
beforeAll(async () => {
  w = await identity()
  issue = issueAccessToken({ sign: w.sign, clock: w.clock })
  const fresh = { kind: 'user', displayName: 'Root', email: null, administrator: true } as const
  administrator = (await w.accounts.create(fresh)).id
})
afterAll(() => w[Symbol.asyncDispose]())

// Most of what is asked for can be had: what is refused proves nothing.
const action = fc.constantFrom('read', 'read', 'read', 'write', 'write', 'write', 'admin', 'create')
const identifier = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('acme/site', IDS[0]) },
  { weight: 1, arbitrary: fc.constantFrom('acme/notes', 'acme/absent', 'surface/page', IDS[1]) },
)
const word = fc.oneof(
  { weight: 4, arbitrary: action.map((verb) => `repo:${verb}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('repo:pull', 'repo:push', 'surface:page:write', 'surface:page:read'),
  },
  { weight: 2, arbitrary: fc.tuple(identifier, action).map(([name, verb]) => `repo:${name}:${verb}`) },
  { weight: 1, arbitrary: fc.constant('admin') },
)
const scope = fc.uniqueArray(word, { minLength: 1, maxLength: 2 }).map((words) => words.join(' '))
const refPattern = fc.constantFrom('refs/heads/*', 'refs/heads/main', 'refs/*', 'refs/heads/agent/*')
const denied = fc.uniqueArray(fc.constantFrom('push', 'force', 'delete'), { maxLength: 2 })
const detail = fc.record(
  {
    type: fc.constant('git_repository'),
    identifier,
    actions: fc.uniqueArray(action, { minLength: 1, maxLength: 2 }),
    refs: fc.array(refPattern, { maxLength: 2 }),
    refRules: fc.array(fc.record({ ref: refPattern, deny: denied }), { maxLength: 2 }),
    paths: fc.uniqueArray(fc.constantFrom('docs/**', 'src/**'), { maxLength: 2 }),
    maxPackBytes: fc.constantFrom(0, 1_000, 2_000),
  },
  { requiredKeys: ['type', 'identifier', 'actions'] },
)
const details = fc.oneof(
  detail.map((one) => [one]),
  fc.tuple(detail, detail),
)
const audience = fc.constantFrom(
  BASE,
  `${BASE}/acme/site`,
  `${BASE}/acme/notes.git`,
  `${BASE}/by-id/${IDS[0]}`,
  `${BASE}/git/page`,
  `${BASE}/acme/absent`,
)
const audiences = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  fc.uniqueArray(audience, { maxLength: 2 }),
)
const request: fc.Arbitrary<GrantRequest> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ audiences }) },
  { weight: 2, arbitrary: fc.record({ audiences, scope }) },
  { weight: 3, arbitrary: fc.record({ audiences, authorizationDetails: details }) },
  { weight: 1, arbitrary: fc.record({ audiences, scope, authorizationDetails: details }) },
)
const roles = fc.array(fc.constantFrom<Role | null>('owner', 'owner', 'owner', 'writer', 'reader', null), {
  minLength: 3,
  maxLength: 3,
})
const login: fc.Arbitrary<Grants> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(UNRESTRICTED) },
  details.map((said) => grantsOfClaims({ authorization_details: said }, [BASE]) ?? UNRESTRICTED),
  fc.tuple(scope, fc.option(details)).map(([said, more]) => {
    const claims = { scope: said, ...(more && { authorization_details: more }) }
    return grantsOfClaims(claims, [BASE]) ?? UNRESTRICTED
  }),
)

test('what a token allows, every token that it was minted from allows', async () => {
  let minted = 0
  let nested = 0
  await fc.assert(
    fc.asyncProperty(
      login,
      fc.boolean(),
      roles,
      fc.array(request, { minLength: 3, maxLength: 10 }),
      async (grants, powerful, standing, requests) => {
        const resources = resourcesFor(standing)
        let parent: Principal = rootOf(grants, powerful)
        for (const asked of requests) {
          const child = await mint(parent, asked, resources)
          if (child === null) continue
          minted++
          if (child.verified.grants.within?.within) nested++
          for (const one of [child.atMint, child.verified])
            expect(beyond(one, parent, resources), JSON.stringify(asked)).toEqual([])
          expect(child.verified.token?.mintedFrom).toEqual([
            parent.token?.id,
            ...(parent.token?.mintedFrom ?? []),
          ])
          expect(child.verified.token?.expiresAt).toBeLessThanOrEqual(parent.token?.expiresAt ?? 0)
          parent = child.verified
        }
      },
    ),
    { numRuns: 250 },
  )
  // Else it was proved of nothing.
  expect(minted).toBeGreaterThan(250)
  expect(nested).toBeGreaterThan(50)
})

/** What the child may and the parent may not: must be nothing. */
function beyond(child: Principal, parent: Principal, resources: readonly Resource[]): string[] {
  const allowed = new Set(abilities(parent, resources))
  return abilities(child, resources).filter((ability) => !allowed.has(ability))
}

function abilities(who: Principal, resources: readonly Resource[]): string[] {
  const places = [...resources, NOWHERE]
  const powers = [
    ['administer the server', isAllPowerful(who)],
    ['manage accounts', isAllPowerful(who) || isWholeSubject(who)],
    ...places.map((place) => [`create ${place.slug}`, mayCreate(who, place)]),
    ...resources.flatMap((on) =>
      (['read', 'write', 'admin'] as const).map((verb) => [`${verb} ${on.slug}`, may(who, verb, on)]),
    ),
    ...resources.flatMap((on) => writesOf(who, on)),
  ] as const
  return powers.flatMap(([name, can]) => (can === true ? [String(name)] : []))
}

function writesOf(who: Principal, on: Resource): [string, boolean][] {
  const layers = layersCovering(who.grants, 'write', on)
  const allowed = may(who, 'write', on)
  return REFS.flatMap((ref) => {
    const most = maxPackBytes(who, on, [ref])
    const writes = VERBS.flatMap((verb) =>
      PATHS.map((path): [string, boolean] => {
        const reached = layers.every((layer) =>
          layer.some((grant) => grantAllowsRef(grant, ref, verb) && touches(grant.paths, path)),
        )
        return [`${verb} ${path} to ${ref} of ${on.slug}`, isAllPowerful(who) || (reached && allowed)]
      }),
    )
    const sizes = SIZES.map((bytes): [string, boolean] => [
      `${bytes} bytes to ${ref} of ${on.slug}`,
      bytes <= most,
    ])
    return writes.some(([, can]) => can) ? [...writes, ...sizes] : []
  })
}

function touches(globs: readonly string[] | undefined, path: string): boolean {
  return globs === undefined || globs.some((glob) => path.startsWith(glob.replace('**', '')))
}

/** `null`: the request was refused, in OAuth's words. */
async function mint(parent: Principal, asked: GrantRequest, resources: readonly Resource[]) {
  const requested = requestedGrants({
    bases: [BASE],
    surfaceOrg: SURFACE_ORG,
    find: directory(resources),
    organisations: {
      find: (org) => Promise.resolve({ id: `${org}-id`, slug: org }),
      mayCreateIn: () => Promise.resolve(true),
    },
  })
  try {
    const granted = await requested(asked, parent)
    const { token } = await issue({
      subjectId: parent.accountId ?? '',
      actorId: null,
      clientId: null,
      ...granted,
      ...lineageOf(parent.token as PresentedToken),
    })
    const { grants, within } = granted
    const atMint = { ...parent, grants: within === null ? grants : { ...grants, within } }
    return { atMint, verified: await w.verify(token) }
  } catch (err) {
    if (err instanceof AppError && err.code.startsWith('OAUTH_')) return null
    throw err
  }
}

function rootOf(grants: Grants, powerful: boolean): Principal {
  return {
    kind: 'user',
    accountId: powerful ? administrator : w.user.id,
    displayName: 'somebody',
    email: null,
    ...(powerful && { administrator: true }),
    grants,
    token: {
      id: 'the first one',
      kind: 'login',
      mintedFrom: [],
      expiresAt: w.clock.now() + 600_000,
      issuedAt: null,
      issuer: null,
      audience: [],
      clientId: null,
    },
  }
}

function resourcesFor(standing: readonly (Role | null)[]): readonly Resource[] {
  return PLACES.map(({ orgSlug, slug }, i) => ({
    id: IDS[i] as RepoId,
    orgId: `${orgSlug}-id`,
    orgSlug,
    slug,
    surface: orgSlug === SURFACE_ORG,
    visibility: 'private',
    role: standing[i] ?? null,
  }))
}

function directory(resources: readonly Resource[]): FindRepository {
  return (address) => {
    const resource = resources.find(({ id, orgSlug, slug }) => {
      if (address.kind === 'nostr') return false
      if (address.kind === 'id') return id === address.id
      const org = address.kind === 'surface' ? SURFACE_ORG : address.org
      return orgSlug === org && slug === (address.kind === 'surface' ? address.name : address.slug)
    })
    const repo = { id: resource?.id, state: 'active' } as Repository
    return Promise.resolve(resource ? { repo, resource } : null)
  }
}
