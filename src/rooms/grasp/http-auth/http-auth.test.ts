import { finalizeEvent, generateSecretKey, getPublicKey, verifyEvent } from 'nostr-tools/pure'
import { expect, test } from 'vitest'
import type { NostrEvent, VerifiedEvent } from '../../../nostr/event.ts'
import { npubOf } from '../../../nostr/npub.ts'
import { serviceAt } from '../service.ts'
import { looksLikeProof, provenKeys } from './http-auth.ts'
import { isSignersPath } from './repository-path.ts'

const NOW = 1_700_000_000
const BASE = 'https://git.example.org'
const key = generateSecretKey()
const pubkey = getPublicKey(key)
const owner = npubOf(getPublicKey(generateSecretKey()))
const root = `${BASE}/${owner}/a%20name.git`

const provenKey = provenKeys({
  verifier: {
    verify: (event: NostrEvent) =>
      Promise.resolve(
        verifyEvent(structuredClone(event) as Parameters<typeof verifyEvent>[0])
          ? (event as VerifiedEvent)
          : null,
      ),
  },
  service: serviceAt(BASE),
  clock: { now: () => NOW * 1_000 },
})

interface Said {
  readonly kind?: number
  readonly created_at?: number
  readonly u?: string
  readonly method?: string
}

function proof({ kind = 27_235, created_at = NOW, u = root, method = 'GET' }: Said = {}) {
  const tags = [
    ['u', u],
    ['method', method],
  ]
  return finalizeEvent({ kind, created_at, tags, content: '' }, key)
}

function token(event: object): string {
  return Buffer.from(JSON.stringify(event)).toString('base64')
}

const TARGET = `/${owner}/a%20name.git/info/refs?service=git-upload-pack`

test.each([
  ['the advertisement', TARGET],
  ['a fetch', `/${owner}/a%20name.git/git-upload-pack`],
  ['a push', `/${owner}/a%20name.git/git-receive-pack`],
  ['the page', `/${owner}/a%20name.git`],
  ['an address that is encoded otherwise', `/%6epub1${owner.slice(5)}/a%20%6eame.git/info/refs`],
  ['an address without its suffix', `/${owner}/a%20name/info/refs`],
])('one proof holds for %s', async (_, target) => {
  expect(await provenKey(token(proof()), target)).toBe(pubkey)
})

test.each([
  ['a minute ahead', { created_at: NOW + 60 }],
  ['a minute old', { created_at: NOW - 60 }],
  ['of a URL that ends with a slash', { u: `${root}/` }],
])('so does one that is %s', async (_, said) => {
  expect(await provenKey(token(proof(said)), TARGET)).toBe(pubkey)
})

test.each([
  ['older than a minute', { created_at: NOW - 61 }],
  ['more than a minute ahead', { created_at: NOW + 61 }],
  ['of another kind', { kind: 22_242 }],
  ['of another method', { method: 'POST' }],
  ['of another repository', { u: `${BASE}/${owner}/other.git` }],
  ['of another owner', { u: `${BASE}/${npubOf(pubkey)}/a%20name.git` }],
  ['of a repository that is contributed to', { u: `${BASE}/prs/${owner}/a%20name.git` }],
  ['of another host', { u: root.replace('example.org', 'example.org.evil') }],
  ['of another port', { u: root.replace('.org', '.org:8443') }],
  ['of the endpoint', { u: `${root}/info/refs` }],
  ['of a URL with a query', { u: `${root}?service=git-upload-pack` }],
  ['of no URL', { u: 'x' }],
])('none is one %s', async (_, said) => {
  expect(await provenKey(token(proof(said)), TARGET)).toBeNull()
})

test.each([
  ['another signature', token({ ...proof(), sig: '0'.repeat(128) })],
  ['another key', token({ ...proof(), pubkey: '1'.repeat(64) })],
  ['a time that was not signed', token({ ...proof({ created_at: NOW - 600 }), created_at: NOW })],
  ['no JSON', Buffer.from('text').toString('base64')],
  ['no event', token({})],
  ['nothing', ''],
])('none is one with %s', async (_, said) => {
  expect(await provenKey(said, TARGET)).toBeNull()
})

test.each(['/', '/repos', `/api/v1/repos/${owner}/a`, '/et/x/a%20name.git/info/refs', '/prs/nobody/x.git'])(
  'at %s nobody proves anything',
  async (target) => {
    expect(await provenKey(token(proof({ u: `${BASE}${target}` })), target)).toBeNull()
  },
)

test('a password that is a proof is told from a token', () => {
  expect(looksLikeProof(token(proof()))).toBe(true)
  const segment = Buffer.from(JSON.stringify({ alg: 'EdDSA', kid: 'x'.repeat(200) })).toString('base64url')
  expect(looksLikeProof(`${segment}.${segment}.c2ln`)).toBe(false)
  expect(looksLikeProof('eyJzaG9ydCJ9')).toBe(false)
})

test.each([
  [`/${owner}/x.git/info/refs`, true],
  ['/npub1nobody/x.git', true],
  [`/%6E%70ub1nobody/x.git`, true],
  ['/prs/anything', true],
  ['/%70rs/anything', true],
  ['/', false],
  ['/repos/npub1nobody/x', false],
  ['/org/npub1.git/info/refs', false],
])('%s is below a key: %o', (target, expected) => {
  expect(isSignersPath(target)).toBe(expected)
})
