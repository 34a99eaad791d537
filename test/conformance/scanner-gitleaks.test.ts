/** Files in the gitleaks format: what is read, and how a broken one is refused. */
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compileRules } from '../../src/scanner/engine/compiled-rules.ts'
import { ObjectScan } from '../../src/scanner/engine/object-scan.ts'
import { parseGitleaksRules } from '../../src/scanner/gitleaks/parse-gitleaks-rules.ts'
import { translateRe2 } from '../../src/scanner/gitleaks/translate-re2.ts'
import { readRuleSets } from '../../src/scanner/rule-sets.ts'
import type { RuleSet } from '../../src/scanner/rule.ts'

function secretsIn(rules: RuleSet, text: string): string[] {
  const scan = new ObjectScan(compileRules(rules))
  scan.write(Buffer.from(text), true)
  return scan.end().findings.map(({ secret }) => secret)
}

test.each([
  ['(?i)abc', 'xABCx', true],
  ['a(?i)b', 'aB', true],
  ['a(?i)b', 'AB', false],
  ['(?i:a)b', 'AB', false],
  ['(?i)a(?-i:b)', 'Ab', true],
  ['(?i)a(?-i:b)', 'AB', false],
  ['[[:alnum:]_-]{4}', 'aZ_-', true],
  ['[^[:space:]]{3}', 'a b', false],
  ['(?P<year>\\d{4})-\\d\\d', '2024-01', true],
  ['\\Aab\\z', 'ab', true],
  ['\\Aab\\z', 'abc', false],
  ['(?s)a.b', 'a\nb', true],
  ['a.b', 'a\nb', false],
  ['(?m)^b$', 'a\nb\nc', true],
  ['^b$', 'a\nb\nc', false],
  ['[]a]+', ']', true],
  ['\\x{41}\\x42', 'AB', true],
  ['\\Qa.b\\E', 'axb', false],
  ['\\s', '\v', false],
  ['é', Buffer.from('é').toString('latin1'), true],
])('RE2 %s on %j: %s', (expression, text, matches) => {
  expect(translateRe2(expression).pattern.test(text)).toBe(matches)
})

test.each([
  '(?=a)',
  '(?<!a)b',
  'a++',
  '(a)\\1',
  '\\p{L}',
  '(?U)a',
  '[a',
  '(a',
  'a)',
  '*a',
  '[[:nope:]]',
  '\\y',
])('%s is refused', (expression) => {
  expect(() => translateRe2(expression)).toThrow()
})

const FILE = `title = "ours"

[[rules]]
id = "acme"
regex = '''(?i)acme[_-]?key\\s*=\\s*["']?([a-z0-9]{8,16})'''
secretGroup = 1
entropy = 2.0
keywords = ["ACME"]

  [[rules.allowlists]]
  regexes = ['''^test''']
  stopwords = ["sample"]

[allowlist]
regexTarget = "line"
regexes = ['''# public''']
`

test('keywords, groups, entropy and allowlists of both kinds decide', () => {
  const rules = parseGitleaksRules(FILE, 'acme.toml')
  expect(rules.name).toBe('acme')
  expect(secretsIn(rules, 'ACME_KEY = "a1b2c3d4"')).toEqual(['a1b2c3d4'])
  expect(secretsIn(rules, 'acme-key =\n  a1b2c3d4')).toEqual(['a1b2c3d4'])
  expect(secretsIn(rules, 'acme_key = aaaaaaaa')).toEqual([])
  expect(secretsIn(rules, 'acme_key = test1b2c')).toEqual([])
  expect(secretsIn(rules, 'acme_key = a1sample9')).toEqual([])
  expect(secretsIn(rules, 'acme_key = a1b2c3d4 # public')).toEqual([])
})

test.each([
  ['id = "a"\nregex = ', 2, 'TOML'],
  ['[[rules]]\nid = "a"\nregex = "a"\n\n[[rules]]\nid = "b"\nregex = "(?=b)"', 7, 'ahead'],
  ['[[rules]]\nid = "a"\nregex = "a"\nrequired = []', 4, 'not supported'],
  ['[[rules]]\nid = "a"', 1, 'neither regex nor path'],
  ['[[rules]]\nid = "a"\nregex = "a"\n[[rules]]\nid = "a"\nregex = "b"', 5, 'twice'],
  ['[[rules]]\nid = "a"\nregex = "(a)"\nsecretGroup = 2', 4, 'groups'],
  ['[[rules]]\nid = "a"\nregex = "a"\n[[rules.allowlists]]\nregexes = ["["]', 5, 'closed'],
  ['[[rules]]\nid = "a"\nregex = 5', 3, 'string'],
  ['[extend]\npath = "../other.toml"', 2, 'beside'],
])('a broken file is refused with its line: %j', (toml, line, what) => {
  expect(() => parseGitleaksRules(toml, 'rules/x.toml')).toThrow(
    new RegExp(`^rules/x\\.toml:${String(line)}: .*${what === 'TOML' ? '' : what}`),
  )
})

test('a file extends our own rules, without those that it disables', () => {
  const extended = parseGitleaksRules(
    '[extend]\nuseDefault = true\ndisabledRules = ["jwt"]\n[[rules]]\nid = "z"\nregex = "z"',
    'more.toml',
  )
  const ids = extended.rules.map(({ id }) => id)
  expect(ids).toContain('github-token')
  expect(ids).toContain('z')
  expect(ids).not.toContain('jwt')
})

test('a directory gives a set for each file, files beside each other extend each other, links do not lead out', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-rules-'))
  const outside = mkdtempSync(join(tmpdir(), 'sluice-outside-'))
  writeFileSync(join(directory, 'acme.toml'), FILE)
  writeFileSync(join(directory, 'strict.toml'), '[extend]\npath = "acme.toml"\n')
  const sets = readRuleSets(directory)
  expect([...sets.keys()].sort()).toEqual(['acme', 'default', 'strict'])
  expect(sets.get('strict')?.rules.map(({ id }) => id)).toEqual(['acme'])
  writeFileSync(join(outside, 'x.toml'), FILE)
  symlinkSync(join(outside, 'x.toml'), join(directory, 'x.toml'))
  expect(() => readRuleSets(directory)).toThrow('somewhere else')
})
