/** Parsing of grants against a slow reference that shares no code with it. For judging by them: kernel/access.property.test.ts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grantAllowsRef, layersCovering, type Resource } from '../../kernel/access.ts'
import type { Action, GrantAction, Grants, Role } from '../../kernel/grants.ts'
import { UNRESTRICTED } from '../../kernel/grants.ts'
import type { RefName, RepoId } from '../../kernel/ids.ts'
import { grantsOfForeignToken, grantsOfOwnToken, type GrantClaims } from './grants.ts'

const BASE = 'https://sluice.example'
const IDS = ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8058'] as const
const REFS = ['refs/heads/main', 'refs/heads/agent/a', 'refs/tags/v1'] as RefName[]
const ACTIONS: readonly Action[] = ['read', 'write', 'admin']

const org = fc.constantFrom('acme', 'beta')
const slug = fc.constantFrom('site', 'notes')
const id = fc.constantFrom(...IDS)
const action = fc.constantFrom<GrantAction>('read', 'write', 'admin', 'create')
const refPattern = fc.constantFrom('refs/heads/*', 'refs/heads/main', 'refs/*', 'refs/heads/agent/*')

const resource: fc.Arbitrary<Resource> = fc.record({
  id: id as fc.Arbitrary<RepoId>,
  orgId: fc.constantFrom('11111111-1111-4111-8111-111111111111'),
  orgSlug: org,
  slug,
  surface: fc.boolean(),
  visibility: fc.constantFrom('public' as const, 'private' as const),
  role: fc.constantFrom<Role | null>('owner', 'writer', 'reader', null),
})

/** What each granted word amounts to, written out. */
const WITHIN_GRANT = {
  admin: ['read', 'write', 'admin'],
  write: ['read', 'write'],
  read: ['read'],
  create: [],
}

const scopeWord = fc.oneof(
  fc.constantFrom('repo:read', 'repo:write', 'repo:admin', 'repo:create', 'repo:pull', 'repo:push', 'admin'),
  fc.tuple(org, slug, action).map(([o, s, a]) => `repo:${o}/${s}:${a}`),
  fc.tuple(slug, fc.constantFrom('read', 'write', 'admin')).map(([s, a]) => `surface:${s}:${a}`),
  fc.constantFrom('openid', 'repo:acme/site:raed', 'repo:acme', 'surface:', 'repo:acme/site:read:write'),
  fc.string({ maxLength: 12 }),
)
const detail = fc.record(
  {
    type: fc.constantFrom('git_repository', 'payment'),
    identifier: fc.oneof(
      fc.tuple(org, slug).map(([o, s]) => `${o}/${s}`),
      id,
    ),
    actions: fc.array(action, { minLength: 1, maxLength: 3 }),
    refs: fc.array(refPattern, { maxLength: 2 }),
  },
  { requiredKeys: ['type', 'identifier', 'actions'] },
)
const audience = fc.oneof(
  fc.constantFrom(BASE, 'https://other.example/acme/site', `${BASE}/acme`),
  fc.tuple(org, slug).map(([o, s]) => `${BASE}/${o}/${s}.git`),
  id.map((value) => `${BASE}/by-id/${value}`),
)
const claims: fc.Arbitrary<GrantClaims> = fc.record(
  {
    scope: fc.array(scopeWord, { maxLength: 3 }).map((words) => words.join(' ')),
    authorization_details: fc.array(detail, { maxLength: 2 }),
    aud: fc.oneof(audience, fc.array(audience, { maxLength: 2 })),
  },
  { requiredKeys: [] },
)

test('parsing grants exactly what the claims say, on every ref, and never more', () => {
  fc.assert(
    fc.property(claims, fc.constantFrom(...ACTIONS), resource, (said, what, where) => {
      const grants = grantsOfOwnToken(said, [BASE])
      expect(grants.admin).toBe(slowWords(said).includes('admin'))
      for (const ref of REFS)
        expect(writes(grants, what, where, ref)).toBe(slowAllows(said, what, where, ref))
    }),
    { numRuns: 5000 },
  )
})

test('a foreign token is unrestricted only when it says nothing in our words', () => {
  fc.assert(
    fc.property(claims, (said) => {
      const ours = slowWords(said).some((w) => /^(repo:|surface:|admin$)/.test(w))
      const silent = !ours && said.authorization_details === undefined
      const grants = grantsOfForeignToken(said, [BASE], { admin: true })
      expect(grants).toEqual(silent ? UNRESTRICTED : grantsOfOwnToken(said, [BASE]))
    }),
    { numRuns: 2000 },
  )
})

function writes(grants: Grants, what: Action, where: Resource, ref: RefName): boolean {
  return layersCovering(grants, what, where).every((layer) =>
    layer.some((grant) => grantAllowsRef(grant, ref, 'push')),
  )
}

function slowWords({ scope }: GrantClaims): string[] {
  return typeof scope === 'string' ? scope.split(' ') : []
}

function slowAllows(said: GrantClaims, what: Action, where: Resource, ref: string): boolean {
  const mine = [`${where.orgSlug}/${where.slug}`, where.id]
  const named = [said.aud ?? []].flat().flatMap((aud) => nameIn(aud) ?? [])
  const byScope = slowWords(said).some((word) => slowScope(word, what, where, mine, named))
  const details = (said.authorization_details ?? []) as {
    type: string
    identifier: string
    actions: GrantAction[]
    refs?: string[]
  }[]
  const byDetail = details.some(
    (d) =>
      d.type === 'git_repository' &&
      mine.includes(d.identifier) &&
      d.actions.some((a) => (WITHIN_GRANT[a] as string[]).includes(what)) &&
      (d.refs === undefined ||
        d.refs.some((p) => p === ref || (p.endsWith('*') && ref.startsWith(p.slice(0, -1))))),
  )
  return byScope || byDetail
}

/** `acme/site` or an id; the generator makes only these two forms. */
function nameIn(aud: string): string | null {
  if (!aud.startsWith(`${BASE}/`)) return null
  const parts = aud
    .slice(BASE.length + 1)
    .replace('.git', '')
    .split('/')
  if (parts.length !== 2) return null
  return parts[0] === 'by-id' ? (parts[1] ?? null) : parts.join('/')
}

function slowScope(word: string, what: Action, where: Resource, mine: string[], named: string[]): boolean {
  const parts = word.split(':')
  const [space, middle] = parts
  const verb = parts.at(-1) ?? ''
  switch (`${space}/${parts.length}`) {
    case 'surface/3':
      return where.surface && middle === where.slug && verb !== 'admin' && enough(verb, what)
    case 'repo/3':
      return middle === mine[0] && enough(verb, what)
    case 'repo/2':
      return slowReach(verb, mine, named) && enough({ pull: 'read', push: 'write' }[verb] ?? verb, what)
    default:
      return false
  }
}

function slowReach(verb: string, mine: string[], named: string[]): boolean {
  const here = named.some((name) => mine.includes(name))
  return verb === 'pull' || verb === 'push' ? named.length === 1 && here : named.length === 0 || here
}

function enough(granted: string, what: Action): boolean {
  return ((WITHIN_GRANT as Record<string, string[]>)[granted] ?? []).includes(what)
}
