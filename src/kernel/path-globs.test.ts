import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathMatcher } from './path-globs.ts'

test.each([
  ['docs/**', 'docs/a.md', true],
  ['docs/**', 'docs/.hidden/deep/a.md', true],
  ['docs/**', 'docs', true],
  ['docs/**', 'docs2/a.md', false],
  ['docs/**', 'other/docs/a.md', false],
  ['docs/*', 'docs/a.md', true],
  ['docs/*', 'docs/deep/a.md', false],
  ['docs/*.md', 'docs/.md', true],
  ['**/*.md', 'a.md', true],
  ['**/*.md', 'a/b/c.md', true],
  ['**/*.md', 'a/b.md/c', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/b/y/b', true],
  ['a/**/b/*', 'a/x/b/y/b', false],
  ['a**b', 'a/b', false],
  ['*a*b*', 'xaxbxab', true],
  ['?.md', 'a.md', true],
  ['?.md', '.md', false],
  ['a?b', 'a/b', false],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['[^a]', 'a/b', false],
  ['[]a]', ']', true],
  ['[a', '[a', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['!docs/**', 'src/a', false],
  ['!(docs)', 'src', false],
  ['{a,b}', 'a', false],
  ['docs', 'docs/a', false],
])('glob %j, path %j: %j', (glob, path, allowed) => {
  expect(pathMatcher([glob])([path])).toBe(allowed)
})

test('each path must fit one of the globs', () => {
  const docsOrSource = pathMatcher(['docs/**', 'src/**'])
  expect(docsOrSource(['docs/a', 'src/b'])).toBe(true)
  expect(docsOrSource(['docs/a', 'test/b'])).toBe(false)
  expect(pathMatcher([])(['a'])).toBe(false)
})

test('stars agree with a regular expression', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', '/'), minLength: 1, maxLength: 9 })
  const path = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(name, path, (glob, text) => {
      fc.pre(!glob.includes('**'))
      const same = new RegExp(`^${glob.replaceAll('*', '[^/]*')}$`).test(text)
      expect(pathMatcher([glob])([text])).toBe(same)
    }),
  )
})

test('stars without end and long paths are judged at once, or not at all (glob-backtracking-regression)', () => {
  const name = 'a'.repeat(4_000)
  expect(pathMatcher([`${'*a'.repeat(20)}*b`])([name])).toBe(false)
  expect(pathMatcher([`${'**/a/'.repeat(20)}b`])(['a/'.repeat(2_000) + 'c'])).toBe(false)
  const worst = pathMatcher(Array.from({ length: 100 }, () => `*${'a'.repeat(2_000)}b`))
  expect(worst(Array.from({ length: 1_000 }, () => name))).toBeNull()
})

test('asked whether any path fits, one is enough', () => {
  const anyOf = pathMatcher(['docs/**', '*.md'], 'some')
  expect(anyOf(['src/a.ts', 'docs/a'])).toBe(true)
  expect(anyOf(['src/a.ts', 'src/b.ts'])).toBe(false)
  expect(anyOf([])).toBe(false)
})
