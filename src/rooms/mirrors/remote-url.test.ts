import { expect, test } from 'vitest'
import { remoteKeyOf, remoteUrlFault } from './remote-url.ts'

test.each([
  'https://github.com/acme/app.git',
  'https://GitHub.com/Acme/App',
  'https://github.com:443/acme/app/',
  'https://github.com./acme//app.git',
  'http://github.com/x/../acme/%61pp',
  'https://github.com/acme/app/.git',
  'https://github.com/acme/app/.git/',
])('%s is the same repository', (text) => {
  expect(remoteUrlFault(text)).toBeNull()
  expect(remoteKeyOf(new URL(text))).toBe('github.com/acme/app')
})

test.each([
  'https://github.com:8443/acme/app',
  'https://gitlab.com/acme/app',
  'https://github.com/acme/app2',
  'https://github.com/acme/app/wiki',
])('%s is another one', (text) => {
  expect(remoteKeyOf(new URL(text))).not.toBe('github.com/acme/app')
})

test.each([
  'https://a/x%2f..%2fy',
  'https://a/x%5Cy',
  'https://a/x%00',
  'https://a/x%1b[31m',
  'https://a/%0a',
])('a server and we may read the path of %s differently: it is no URL of a mirror-regression', (text) => {
  expect(remoteUrlFault(text)).toBe('holds an escaped slash, backslash or control character')
})

test('every key fits into an index-regression', () => {
  expect(remoteUrlFault(`https://a/${'x'.repeat(2038)}`)).toBeNull()
  const fault = 'is longer than 2048 characters with its escapes'
  expect(remoteUrlFault(`https://a/${'語'.repeat(300)}`)).toBe(fault)
})

test('an escape that is none is compared as it stands', () => {
  expect(remoteKeyOf(new URL('https://example.org/a%ff'))).toBe('example.org/a%ff')
})

test.each([
  ['no url', 'is no URL'],
  ['https://a/b c', 'is no URL'],
  ['https:\\\\a/b', 'is no URL'],
  ['git://a/b', 'is neither https nor http'],
  ['https://u@a/b', 'holds a user or a password: these belong into credential'],
  ['https://a/b?', 'holds a query or a fragment'],
  ['https://a/.git', 'names no repository'],
  ['https://a//', 'names no repository'],
])('%j %s', (text, fault) => {
  expect(remoteUrlFault(text)).toBe(fault)
})
