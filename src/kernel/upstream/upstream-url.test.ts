import { describe, expect, test } from 'vitest'
import { spellingsOf } from './spellings.ts'
import { parseUpstreamUrl, upstreamUrlFault, writeUpstreamUrl } from './upstream-url.ts'

const written = (text: string) => writeUpstreamUrl(parseUpstreamUrl(text))

test.each([
  ['ssh://git@Forge.Example:22/acme/w.git/', 'ssh://git@forge.example/acme/w.git'],
  ['ssh://git@forge.example:2222/acme/w.git', 'ssh://git@forge.example:2222/acme/w.git'],
  ['ssh://git@forge.example/~alice/w.git', 'ssh://git@forge.example/~alice/w.git'],
  ['ssh://git@[2001:db8::1]:2222/w', 'ssh://git@[2001:db8::1]:2222/w'],
  ['git@forge.example:acme/w.git', 'git@forge.example:acme/w.git'],
  ['git@forge.example:/srv/w.git', 'ssh://git@forge.example/srv/w.git'],
  ['https://Forge.Example:443/acme/w.git//', 'https://forge.example/acme/w.git'],
  ['https://forge.example:8443/w', 'https://forge.example:8443/w'],
])('%s is %s, and stays so', (text, form) => {
  expect(written(text)).toBe(form)
  expect(written(form)).toBe(form)
})

test('the server is told the path as it was meant: relative to a home, or not', () => {
  expect(parseUpstreamUrl('git@h:acme/w.git')).toMatchObject({ path: 'acme/w.git', port: 22 })
  expect(parseUpstreamUrl('ssh://git@h/acme/w.git')).toMatchObject({ path: '/acme/w.git' })
  expect(parseUpstreamUrl('ssh://git@h/~a/w.git')).toMatchObject({ path: '~a/w.git' })
})

describe('what could be an option, a command or a secret is no URL', () => {
  test.each([
    '-oProxyCommand=touch /tmp/x',
    'ssh://-oProxyCommand=x/w',
    'ssh://git@-oProxyCommand=x/w',
    'ssh://-l@h/w',
    'git@-h:w',
    'git@h:-w',
    'git@h:/~w',
    'ext::sh -c touch% x',
    'ext::sh',
    'file:///etc/passwd',
    '/srv/w.git',
    '../w.git',
    'http://forge.example/w.git',
    'git://forge.example/w.git',
    'ssh://h/w',
    'h:w',
    'ssh://git:pw@h/w',
    'ssh://git@h:0/w',
    'ssh://git@h:65536/w',
    'ssh://git@h',
    'ssh://git@h/',
    'ssh://git@h/a/../../w',
    'ssh://git@h/a//w',
    'ssh://git@h/w?x',
    'ssh://git@h/w#x',
    "ssh://git@h/w'x",
    'ssh://git@h/w%0ax',
    'ssh://git@h/$(x)',
    'ssh://git@h/w\nHost x',
    'ssh://git@h/w\0x',
    'https://user:pw@h/w',
    'https://token@h/w',
    'https://@h/w',
    'https://h',
    'https://h/',
    'https://h/w?token=x',
    'https://h/w?',
    'https://h/w#x',
    'https:h/w',
    'https:///w',
    `https://h/${'x'.repeat(2048)}`,
  ])('%j', (text) => {
    expect(upstreamUrlFault(text)).toEqual(expect.any(String))
    expect(() => parseUpstreamUrl(text)).toThrow()
  })
})

test('no spelling of one repository is one of another, however alike they are', () => {
  const [one, other] = ['ssh://git@h:2222/a/w.git', 'ssh://git@h:2222/a/w-extra.git'].map((url) =>
    spellingsOf(parseUpstreamUrl(url)),
  )
  expect(new Set(one!.of).size).toBe(one!.of.length)
  expect(one!.of.filter((url) => other!.of.includes(url))).toEqual([])
  for (const url of other!.of) {
    const caught = [...one!.of, ...one!.notOf].filter((start) => url.startsWith(start))
    const longest = caught.toSorted((a, b) => b.length - a.length)[0]
    expect(one!.of).not.toContain(longest)
  }
})
