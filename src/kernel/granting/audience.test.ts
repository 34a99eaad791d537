import { expect, test } from 'vitest'
import { isOurs, repositoryOfAudience } from './audience.ts'

const BASES = ['https://sluice.example', 'http://127.0.0.1:3000/git-server/']
const ID = '01890a5d-ac96-774b-bcce-b302099a8057'
const path = { kind: 'path', path: 'acme/site' }

test.each([
  ['https://sluice.example/acme/site', path],
  ['https://sluice.example/acme/site.git', path],
  ['https://sluice.example/Acme/Site.git/', path],
  ['https://sluice.example/et/acme/site', path],
  ['http://127.0.0.1:3000/git-server/acme/site', path],
  [`https://sluice.example/by-id/${ID}`, { kind: 'id', id: ID }],
  [`https://sluice.example/by-id/${ID.toUpperCase()}.git`, { kind: 'id', id: ID }],
  [`https://sluice.example/git/repo/${ID}`, { kind: 'id', id: ID }],
  ['https://sluice.example/git/notes', { kind: 'surface', name: 'notes' }],
])('%s names a repository', (audience, target) => {
  expect(repositoryOfAudience(audience, BASES)).toEqual(target)
})

test.each([
  'https://sluice.example',
  'https://sluice.example/',
  'https://sluice.example/acme',
  'https://sluice.example/acme/site/pulls',
  'https://sluice.example/by-id/not-an-id',
  'https://sluice.example/git/repo/not-an-id',
  'https://sluice.example/acme/../site',
  'https://sluice.example/acme/%2e%2e',
  'https://sluice.example/acme/site?x=1',
  'https://sluice.example.evil/acme/site',
  'https://sluice.example@evil/acme/site',
  'http://sluice.example/acme/site',
  'http://127.0.0.1:3000/acme/site',
  'acme/site',
  '',
])('%j names none', (audience) => {
  expect(repositoryOfAudience(audience, BASES)).toBeNull()
})

test('an audience is ours when it is this server or something below it', () => {
  expect(isOurs('https://sluice.example', BASES)).toBe(true)
  expect(isOurs('https://sluice.example/acme/site', BASES)).toBe(true)
  expect(isOurs('https://sluice.example.evil', BASES)).toBe(false)
  expect(isOurs('https://sluice.example', [])).toBe(false)
})
