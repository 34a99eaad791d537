import { expect, test } from 'vitest'
import { UNRESTRICTED } from '../../kernel/grants.ts'
import { grantsOfForeignToken, grantsOfOwnToken, type GrantClaims } from './grants.ts'

const BASES = ['https://sluice.example']
const own = (claims: GrantClaims) => grantsOfOwnToken(claims, BASES)
const foreign = (claims: GrantClaims) => grantsOfForeignToken(claims, BASES, { admin: false })
const NOTHING = { admin: false, repositories: [] }
const all = { kind: 'all' }
const site = { kind: 'path', path: 'acme/site' }
const detail = { type: 'git_repository', identifier: 'acme/site', actions: ['write'] }

test.each([
  ['repo:read', [{ target: all, actions: ['read'] }]],
  [
    'repo:read repo:write',
    [
      { target: all, actions: ['read'] },
      { target: all, actions: ['write'] },
    ],
  ],
  ['repo:create', [{ target: all, actions: ['create'] }]],
  ['repo:acme/site:admin', [{ target: site, actions: ['admin'] }]],
  ['repo:Acme/Site:read', [{ target: site, actions: ['read'] }]],
  ['surface:notes:read', [{ target: { kind: 'surface', name: 'notes' }, actions: ['read'] }]],
  ['surface:notes:write', [{ target: { kind: 'surface', name: 'notes' }, actions: ['write', 'create'] }]],
])('scope %j grants what it says', (scope, repositories) => {
  expect(own({ scope })).toEqual({ admin: false, repositories })
})

test.each([
  'openid',
  'repo',
  'repo:',
  'repo:acme:read',
  'repo:a/b/c:read',
  'surface:notes:admin',
  'REPO:READ',
  'Admin',
])('scope %j grants nothing', (scope) => expect(own({ scope })).toEqual(NOTHING))

test('an own token without any grants nothing', () => {
  expect(own({})).toEqual(NOTHING)
})

test('repo:pull and repo:push count for the one repository that the audience names', () => {
  const aud = 'https://sluice.example/acme/site.git'
  expect(own({ scope: 'repo:pull', aud }).repositories).toEqual([{ target: site, actions: ['read'] }])
  expect(own({ scope: 'repo:push', aud: [aud] }).repositories).toEqual([{ target: site, actions: ['write'] }])
})

test('repo:push grants nothing when the audience names no repository, or two', () => {
  expect(own({ scope: 'repo:push' })).toEqual(NOTHING)
  expect(own({ scope: 'repo:push', aud: 'https://sluice.example' })).toEqual(NOTHING)
  const two = ['https://sluice.example/acme/site', 'https://sluice.example/acme/other']
  expect(own({ scope: 'repo:push', aud: two })).toEqual(NOTHING)
})

test('an audience that names a repository narrows scopes that speak of all', () => {
  const aud = 'https://sluice.example/acme/site'
  expect(own({ scope: 'repo:write', aud }).repositories).toEqual([{ target: site, actions: ['write'] }])
})

test('a foreign login token that says nothing in our words is not narrowed', () => {
  expect(foreign({})).toBe(UNRESTRICTED)
  expect(foreign({ scope: 'openid profile email' })).toBe(UNRESTRICTED)
  expect(foreign({ scope: 'repository:read', aud: 'https://sluice.example' })).toBe(UNRESTRICTED)
})

test.each(['repo:reed', 'repo:acme/site:raed', 'surface:x', 'repo:push'])(
  'a foreign token with %j, ours but not understood, is narrowed to nothing',
  (scope) => expect(foreign({ scope: `openid ${scope}` })).toEqual(NOTHING),
)

test('a foreign token with one of our scopes grants only that', () => {
  expect(foreign({ scope: 'openid repo:read' }).repositories).toEqual([{ target: all, actions: ['read'] }])
  expect(foreign({ scp: ['repo:read'] }).repositories).toEqual([{ target: all, actions: ['read'] }])
})

test('any authorization_details narrow a foreign token, those of other servers to nothing', () => {
  expect(foreign({ authorization_details: [{ type: 'payment', amount: 3 }] })).toEqual(NOTHING)
  expect(foreign({ authorization_details: [] })).toEqual(NOTHING)
})

test('a foreign admin scope counts only where the issuer is trusted with it', () => {
  expect(foreign({ scope: 'admin' })).toEqual(NOTHING)
  expect(grantsOfForeignToken({ scope: 'admin' }, BASES, { admin: true }).admin).toBe(true)
  expect(own({ scope: 'admin' }).admin).toBe(true)
})

test('every limit of authorization_details arrives', () => {
  const limits = {
    refs: ['refs/heads/agent-7/*'],
    refRules: [{ ref: 'refs/heads/main', deny: ['push', 'force'] }],
    paths: ['docs/**'],
    maxPackBytes: 0,
  }
  const { repositories } = own({ authorization_details: [{ ...detail, ...limits, expiresRepo: 3600 }] })
  expect(repositories).toEqual([{ target: site, actions: ['write'], ...limits, expiresRepoSeconds: 3600 }])
})

test.each([
  ['an object', detail],
  ['a string', JSON.stringify([detail])],
  ['null', null],
  ['entries without a type', [{ ...detail, type: undefined }]],
  ['an unknown action', [{ ...detail, actions: ['own'] }]],
  ['no action', [{ ...detail, actions: [] }]],
  ['no identifier', [{ ...detail, identifier: undefined }]],
  ['a wildcard', [{ ...detail, identifier: '*' }]],
  ['a UUID that is none', [{ ...detail, identifier: '-'.repeat(36) }]],
  ['a limit that we do not know', [{ ...detail, branches: ['main'] }]],
  ['a short ref', [{ ...detail, refs: ['main'] }]],
  ['refs that are no list', [{ ...detail, refs: 'refs/heads/main' }]],
  ['a negative size', [{ ...detail, maxPackBytes: -1 }]],
  ['one bad entry among good ones', [detail, { ...detail, paths: [7] }]],
])('authorization_details that are malformed (%s) make the token invalid', (_what, authorization_details) => {
  expect(() => own({ authorization_details })).toThrow('credential is not valid')
})

test.each([7, null, {}, ['repo:read', 7]])('a scope claim that is %j makes the token invalid', (scope) => {
  expect(() => own({ scope })).toThrow('credential is not valid')
})
