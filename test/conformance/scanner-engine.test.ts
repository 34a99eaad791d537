/** What the engine finds, whatever the content looks like and however it is cut. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchScan } from '../../src/scanner/engine/batch-scan.ts'
import { compileRules } from '../../src/scanner/engine/compiled-rules.ts'
import { countsAt, type ObjectFindings } from '../../src/scanner/finding.ts'
import { parseGitleaksRules } from '../../src/scanner/gitleaks/parse-gitleaks-rules.ts'
import { redact } from '../../src/scanner/redact.ts'
import { defaultRules } from '../../src/scanner/rules/default-rules.ts'
import { batchOf, blobOf, oidOf, type SampleObject } from '../support/batch-of.ts'
import { Dice } from '../support/dice.ts'
import { ALNUM, HEX, letters } from '../support/token-samples/letters.ts'
import { samples } from '../support/token-samples/samples.ts'

const RULES = compileRules(defaultRules())
const TOKEN = `dop_v1_${letters(new Dice(7), HEX, 64)}`

function scan(batch: Buffer, cuts: readonly number[] = [], rules = RULES): readonly ObjectFindings[] {
  const running = new BatchScan(rules)
  let from = 0
  for (const cut of [...cuts.toSorted((a, b) => a - b), batch.length]) {
    running.write(Buffer.from(batch.subarray(from, cut)))
    from = cut
  }
  return running.end()
}

function found(...objects: SampleObject[]): string[] {
  return scan(batchOf(...objects)).flatMap(({ findings }) =>
    findings.map(({ rule, line, column }) => `${rule} ${String(line)}:${String(column)}`),
  )
}

test('the same is found however the stream is cut', () => {
  const lines = samples(3, 2).map(({ text }) => text)
  const filler = 'the quick brown fox jumps over the lazy dog\n'.repeat(1500)
  const batch = batchOf(blobOf(lines.join('\n')), blobOf(filler + lines.join(';') + filler), blobOf(''))
  const whole = scan(batch)
  expect(whole).toHaveLength(2)
  fc.assert(
    fc.property(fc.array(fc.nat(batch.length), { maxLength: 12 }), (cuts) => {
      expect(scan(batch, cuts)).toEqual(whole)
    }),
    { numRuns: 60 },
  )
})

test('a secret is found at its line and column, at both ends of an object and in a long line', () => {
  expect(found(blobOf(`one\ntwo ${TOKEN}\nthree`))).toEqual(['digitalocean-token 2:5'])
  expect(found(blobOf(TOKEN), blobOf(`\n\n${TOKEN}`))).toEqual([
    'digitalocean-token 1:1',
    'digitalocean-token 3:1',
  ])
  const far = 3_000_000
  expect(found(blobOf(`${'-'.repeat(far)}${TOKEN}${'-'.repeat(far)}`))).toEqual([
    `digitalocean-token 1:${String(far + 1)}`,
  ])
})

test('a binary is text: a secret between NUL bytes is found, and one in UTF-16 of either order', () => {
  expect(found(blobOf(`\x7fELF\0\0\0${TOKEN}\0\xff\0`))).toEqual(['digitalocean-token 1:8'])
  const little = Buffer.from(`key ${TOKEN} end`, 'utf16le')
  expect(found({ type: 'blob', content: little })).toEqual(['digitalocean-token 1:9'])
  expect(found({ type: 'blob', content: Buffer.from(little).swap16() })).toHaveLength(1)
})

test('a commit and a tag are text from end to end, a tree is the names in it', () => {
  const person = `${TOKEN} <a@b.c> 0 +0000`
  const commit = { ...blobOf(`tree ${oidOf(1)}\nauthor ${person}\n\nmessage\n`), type: 'commit' } as const
  const tag = { ...blobOf(`object ${oidOf(1)}\n\nsigned ${TOKEN}\n`), type: 'tag' } as const
  const entry = (name: string, id: Buffer) => Buffer.concat([Buffer.from(`100644 ${name}\0`), id])
  const id = Buffer.from(letters(new Dice(1), ALNUM, 20))
  const tree = { type: 'tree', content: Buffer.concat([entry('a', id), entry(`${TOKEN}.txt`, id)]) } as const
  expect(found(commit, tag, tree).map((one) => one.split(':')[0])).toEqual([
    'digitalocean-token 2',
    'digitalocean-token 3',
    'digitalocean-token 2',
  ])
})

test('one secret is one finding: the rule that knows it wins over the generic ones', () => {
  expect(found(blobOf(`access_token = "${TOKEN}" # and https://u:${TOKEN}@api.acme.io`))).toHaveLength(2)
  expect(new Set(found(blobOf(`secret_token: ${TOKEN}`)).map((one) => one.split(' ')[0]))).toEqual(
    new Set(['digitalocean-token']),
  )
})

test('an object with more findings than anybody reads says that there are more', () => {
  const dice = new Dice(5)
  const many = Array.from({ length: 1100 }, () => `dop_v1_${letters(dice, HEX, 64)}`).join('\n')
  const [object] = scan(batchOf(blobOf(many)))
  expect(object?.findings.length).toBe(1000)
  expect(object?.more).toBe(true)
})

test('a line that says gitleaks:allow is found all the same, and marked', () => {
  const [object] = scan(batchOf(blobOf(`${TOKEN} # gitleaks:allow\n${TOKEN}`)))
  expect(object?.findings.map(({ inlineAllow }) => inlineAllow)).toEqual([true, false])
})

test.each([
  ['an object that is missing', `${oidOf(1)} missing\n`],
  ['a stream that ends within an object', batchOf(blobOf(TOKEN)).subarray(0, -4).toString('latin1')],
  ['a stream that ends within a header', `${oidOf(1)} blo`],
  ['something else', 'fatal: not a git repository\n'],
])('%s is an error, not an object without findings', (_name, text) => {
  expect(() => scan(Buffer.from(text, 'latin1'))).toThrow()
})

test('a hostile content costs bounded time: keywords without end, tokens begun, one line', () => {
  const hostile = ['secret=', '://a:', '-----BEGIN RSA PRIVATE KEY-----', 'eyJ', 'dop_v1_', 'a', '\0']
  for (const text of hostile) {
    const content = text.repeat(Math.ceil((1 << 20) / text.length))
    const begin = performance.now()
    scan(batchOf(blobOf(content)))
    expect(performance.now() - begin, text).toBeLessThan(10_000)
  }
})

test('a rule without keywords looks everywhere, once', () => {
  const rules = parseGitleaksRules(`[[rules]]\nid = "z"\nregex = 'Z[0-9]{8}Z'`, 'z.toml')
  const gap = '.'.repeat(4090)
  const text = Array.from({ length: 5 }, (_, i) => `${gap}Z1234567${String(i)}Z`).join('')
  const [object] = scan(batchOf(blobOf(text)), [5000, 9001], compileRules(rules))
  expect(object?.findings.map(({ column }) => column)).toEqual([0, 1, 2, 3, 4].map((i) => 4091 + i * 4100))
})

test('a path exception is kept for the place: the object itself is not clean', () => {
  const rules = parseGitleaksRules(
    `[[rules]]\nid = "z"\nregex = 'Z[0-9]{8}Z'\nkeywords = ["z"]\n[[rules.allowlists]]\npaths = ['^docs/']`,
    'z.toml',
  )
  const [object] = scan(batchOf(blobOf('Z12345678Z')), [], compileRules(rules))
  const finding = object?.findings[0]
  if (finding === undefined) throw new Error('nothing found')
  expect(countsAt(finding, { path: 'docs/a.md' })).toBe(false)
  expect(countsAt(finding, { path: 'src/docs/a.md' })).toBe(true)
  expect(countsAt(finding, { path: null })).toBe(true)
})

test('the version of a set changes with any rule, and with nothing else', () => {
  const set = (regex: string) =>
    parseGitleaksRules(`[[rules]]\nid = "z"\nregex = '${regex}'`, 'z.toml').version
  expect(set('a')).toBe(set('a'))
  expect(set('a')).not.toBe(set('b'))
})

test('a secret is shown by no more than a quarter of it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (secret) => {
      const shown = redact(secret).split('…')[0] ?? ''
      expect(shown.length).toBeLessThanOrEqual(Math.min(6, secret.length / 4))
    }),
  )
})

const KEY_ID = ['AK', 'IA'].join('')
const REAL = `${KEY_ID}IOSFODNN7QWERTYU`

function foundBy(toml: string, content: Buffer): ReturnType<typeof scan>[number]['findings'] {
  const rules = compileRules(parseGitleaksRules(toml, 'own.toml'))
  return scan(batchOf({ type: 'blob', content }), [], rules).flatMap(({ findings }) => findings)
}

const KEY_RULE = (id: string, more = '') =>
  `[[rules]]\nid = '${id}'\nregex = '${KEY_ID}[A-Z0-9]{16}'\nkeywords = ['${KEY_ID}']\n${more}`

test('many exceptions on a line hide no secret behind them, regression', () => {
  const toml = KEY_RULE('key', `[[rules.allowlists]]\nregexes = ['EXAMPLE$']\n`)
  const examples = `${KEY_ID}IOSFODNN7EXAMPLE `.repeat(200)
  expect(foundBy(toml, Buffer.from(examples + REAL)).map(({ secret }) => secret)).toEqual([REAL])
})

test('a rule that is about some paths hides no finding of another one, regression', () => {
  const toml = KEY_RULE('only-there', `path = '\\.yaml$'\n`) + KEY_RULE('anywhere') + KEY_RULE('again')
  const findings = foundBy(toml, Buffer.from(REAL))
  expect(findings.filter((finding) => countsAt(finding, { path: 'a.ts' })).map(({ rule }) => rule)).toEqual([
    'anywhere',
  ])
})

test('a secret in UTF-16 is found behind a keyword in ASCII, regression', () => {
  const mixed = Buffer.concat([Buffer.from(`${KEY_ID} `), Buffer.from(` ${REAL} `, 'utf16le')])
  expect(foundBy(KEY_RULE('key'), mixed).map(({ secret }) => secret)).toEqual([REAL])
})
