import { expect, test } from 'vitest'
import type { Oid, RefName, RepoId } from '../../../kernel/ids.ts'
import { missingPage, repositoryPage } from './repository-page.ts'
import type { ShownRepository } from './shown-repository.ts'

const OWNER = 'a'.repeat(64)
const OID = 'b'.repeat(40) as Oid

interface Told {
  readonly name?: string
  readonly description?: string
  readonly identifier?: string
  readonly ref?: string
  readonly status?: ShownRepository['repository']['status']
}

function shown({ name = 'App', description = '', identifier = 'app', ref = 'main', status = 'live' }: Told) {
  const repo = {
    id: '' as RepoId,
    path: '',
    objectFormat: 'sha1',
    ownerId: '',
    orgId: '',
    orgSlug: '',
    projectId: null,
    name,
    slug: '',
    description,
    visibility: 'public',
    defaultBranch: 'main',
    archived: false,
    protectedPush: 'refuse',
    kind: 'grasp',
    sizeBytes: 0,
    pushedAt: null,
    createdAt: 0,
    updatedAt: 0,
    expiresAt: null,
    state: 'active',
  } as const
  return {
    repository: {
      repo,
      owner: OWNER,
      identifier,
      form: 'announced',
      status,
      listed: true,
      announcementId: null,
      appliedStateId: null,
      waitsUntil: status === 'purgatory' ? 0 : null,
      createdAt: 0,
      updatedAt: 0,
    },
    maintainers: [OWNER],
    state: null,
    branches: [{ name: `refs/heads/${ref}` as RefName, oid: OID, peeled: null }],
    tags: [],
    tips: [],
  } satisfies ShownRepository
}

const HOSTILE = `"><script>alert('1')</script><!--`

test.each(['name', 'description', 'identifier', 'ref'])('a hostile %s is only text', (field) => {
  const text = repositoryPage(shown({ [field]: HOSTILE }), 'https://git.example')
  expect(text).not.toContain('<script')
  expect(text).not.toContain('<!--')
  expect(text).not.toContain('"><')
})

test('what turns the direction of writing round is left out', () => {
  expect(repositoryPage(shown({ name: 'a\u202Eb' }), 'https://git.example')).toContain('<h1>ab</h1>')
})

test('the commands name the repository, and a shell takes them as they are', () => {
  const text = repositoryPage(shown({ identifier: `it's (mine) $(id)` }), 'https://git.example/base')
  const [, commands = ''] = /<pre>([^]*)<\/pre>/.exec(text) ?? []
  const [https = '', nostr = ''] = commands.split('\n')
  const place = /^git clone https:\/\/git\.example\/base\/npub1[a-z0-9]{58}\/([^/]+)\.git$/
  const encoded = 'it%27s%20%28mine%29%20%24%28id%29'
  expect(place.exec(https)?.[1]).toBe(encoded)
  expect(nostr).toMatch(/^git clone nostr:\/\/npub1[a-z0-9]{58}\/git\.example%2Fbase\//)
  expect(nostr).toContain(encoded)
})

test('a repository in purgatory says until when it waits', () => {
  const text = repositoryPage(shown({ status: 'purgatory' }), 'https://git.example')
  expect(text).toMatch(/waiting for its git data, until <time[^>]*>1970-01-01 00:00 UTC<\/time>/)
})

test('an archive says so', () => {
  expect(repositoryPage(shown({ status: 'archived' }), 'https://git.example')).toContain('An archive')
})

test('a page of nothing names nothing', () => {
  expect(missingPage()).not.toMatch(/npub1/)
})
