/** Which URLs of events are asked for git data, before anybody looks where their hosts lie. */
import { expect, test } from 'vitest'
import { cloneUrls, parseCloneUrl } from './clone-urls.ts'

const NOT_HERE = { isHere: (url: string) => url.startsWith('https://here.example/') }

test.each([
  'file:///srv/git/a.git',
  'ext::sh -c id',
  'git://example.org/a.git',
  'ssh://git@example.org/a.git',
  'git@example.org:a.git',
  '/srv/git/a.git',
  '--upload-pack=id',
  'https://user@example.org/a.git',
  'https://user:password@example.org/a.git',
  'https://example.org/a.git?x=1',
  'https://example.org/a.git#x',
  'https://example.org:22/a.git',
  'http://[::1/a.git',
  `https://example.org/${'a'.repeat(2_048)}`,
  '',
])('%s is asked for nothing', (text) => {
  expect(parseCloneUrl(text)).toBeNull()
})

test.each(['https://example.org/a.git', 'http://example.org:8080/a%20b.git', 'https://[2606:4700::1]/a.git'])(
  '%s may be asked',
  (text) => {
    expect(parseCloneUrl(text)?.href).toBe(text)
  },
)

test('each is asked once, this server never, and of very many only the first', () => {
  const many = Array.from({ length: 100 }, (_, i) => `https://example.org/${i}.git`)
  expect(
    cloneUrls(['https://a.example/', 'https://A.example', 'https://here.example/x.git'], NOT_HERE),
  ).toHaveLength(1)
  expect(cloneUrls(many, NOT_HERE)).toHaveLength(16)
})
