/** Which URLs name this service: exactly its host, port and path, in any spelling that a URL parser reads as the same. */
import { describe, expect, test } from 'vitest'
import { npubOf } from '../../nostr/npub.ts'
import { serviceAt, type ServedRepository } from './service.ts'

const OWNER = '7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e'
const NPUB = npubOf(OWNER)
const OTHER = npubOf('3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d')
const PORTED = 'http://git.example.org:8080'

function repository(identifier = 'app', form: ServedRepository['form'] = 'announced'): ServedRepository {
  return { owner: OWNER, identifier, form }
}

describe('a clone URL', () => {
  test.each([
    ['https://git.example.org', `https://git.example.org/${NPUB}/app.git`],
    ['https://git.example.org', `http://git.example.org/${NPUB}/app.git`],
    ['https://git.example.org', `https://GIT.example.org:443/${NPUB}/app.git/`],
    ['http://git.example.org', `http://git.example.org:80/${NPUB}/app.git`],
    [PORTED, `http://git.example.org:8080/${NPUB}/app.git`],
    ['https://git.example.org/base', `https://git.example.org/base/${NPUB}/app.git`],
    ['http://127.0.0.1:9000', `http://127.0.0.1:9000/${NPUB}/app.git`],
    ['http://[::1]:9000', `http://[::1]:9000/${NPUB}/app.git`],
  ])('of the service at %s may be %s', (base, url) => {
    expect(serviceAt(base).isClone(url, repository())).toBe(true)
  })

  test.each([
    ['a b', 'a%20b'],
    ['über', '%C3%BCber'],
    ['🦀', encodeURIComponent('🦀')],
    ['100%', '100%25'],
    ['a.git', 'a.git'],
    ['%2F', '%252F'],
  ])('names the identifier %s as %s', (identifier, written) => {
    expect(serviceAt(PORTED).isClone(`${PORTED}/${NPUB}/${written}.git`, repository(identifier))).toBe(true)
  })

  test.each([
    ['another host', `http://evil-git.example.org:8080/${NPUB}/app.git`],
    ['a longer host', `http://git.example.org.evil:8080/${NPUB}/app.git`],
    ['our host in the query', `http://evil.org/?x=git.example.org:8080/${NPUB}/app.git`],
    ['our host as a user', `http://git.example.org:8080@evil.org/${NPUB}/app.git`],
    ['a user', `http://me@git.example.org:8080/${NPUB}/app.git`],
    ['another port', `http://git.example.org:8081/${NPUB}/app.git`],
    ['no port', `http://git.example.org/${NPUB}/app.git`],
    ['another key', `${PORTED}/${OTHER}/app.git`],
    ['a key in capitals', `${PORTED}/${NPUB.toUpperCase()}/app.git`],
    ['another identifier', `${PORTED}/${NPUB}/apps.git`],
    ['an identifier in other letters', `${PORTED}/${NPUB}/App.git`],
    ['no .git', `${PORTED}/${NPUB}/app`],
    ['more behind it', `${PORTED}/${NPUB}/app.git/info/refs`],
    ['more before it', `${PORTED}/git/${NPUB}/app.git`],
    ['two slashes', `${PORTED}//${NPUB}/app.git`],
    ['a query', `${PORTED}/${NPUB}/app.git?service=git-upload-pack`],
    ['a fragment', `${PORTED}/${NPUB}/app.git#x`],
    ['an identifier that is encoded twice', `${PORTED}/${NPUB}/%2561pp.git`],
    ['the place of contributions', `${PORTED}/prs/${NPUB}/app.git`],
    ['another scheme', `ssh://git.example.org:8080/${NPUB}/app.git`],
    ['a backslash', `${PORTED}\\${NPUB}\\app.git`],
    ['a line break', `${PORTED}/${NPUB}/app\n.git`],
    ['a space before it', ` ${PORTED}/${NPUB}/app.git`],
    ['what is no URL', `git.example.org:8080/${NPUB}/app.git`],
    ['broken encoding', `${PORTED}/${NPUB}/%E0%A4%A.git`],
    ['nothing', ''],
  ])('does not name this repository: %s', (_what, url) => {
    expect(serviceAt(PORTED).isClone(url, repository())).toBe(false)
  })

  test('of contributions names their place, and not that of the repository', () => {
    const { isClone } = serviceAt(PORTED)
    expect(isClone(`${PORTED}/prs/${NPUB}/app.git`, repository('app', 'contributed'))).toBe(true)
    expect(isClone(`${PORTED}/${NPUB}/app.git`, repository('app', 'contributed'))).toBe(false)
  })
})

describe('a relay URL', () => {
  test.each([
    [PORTED, 'ws://git.example.org:8080'],
    [PORTED, 'ws://git.example.org:8080/'],
    ['https://git.example.org', 'wss://git.example.org'],
    ['https://git.example.org', 'ws://git.example.org:80/'],
    ['https://git.example.org/base', 'wss://git.example.org/base/'],
  ])('of the service at %s may be %s', (base, url) => {
    expect(serviceAt(base).isRelay(url)).toBe(true)
  })

  test.each([
    'wss://git.example.org.evil:8080',
    'ws://git.example.org:8081',
    'http://git.example.org:8080',
    'ws://git.example.org:8080/other',
    'ws://git.example.org:8080/?a',
    'wss://evil.org/#git.example.org:8080',
    'git.example.org:8080',
  ])('is not %s', (url) => {
    expect(serviceAt(PORTED).isRelay(url)).toBe(false)
  })
})

test('whatever lies on this host is here, whichever path and scheme it has', () => {
  const { isHere } = serviceAt(PORTED)
  expect(isHere('http://git.example.org:8080/anything?x')).toBe(true)
  expect(isHere('wss://git.example.org:8080')).toBe(true)
  expect(isHere('http://git.example.org')).toBe(false)
})
