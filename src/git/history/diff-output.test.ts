import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DiffOutput } from './diff-output.ts'

const A = '1'.repeat(40)
const LIMITS = { maxFileBytes: 1_000, maxBytes: 10_000 }
const OUTPUT = [
  `:100644 100755 ${A} ${A} M`,
  'a\nb',
  `:100644 100644 ${A} ${A} R090`,
  'old',
  'new\tname',
  `:120000 100644 ${A} ${A} T`,
  '1\t2\tkind',
  '0\t0\ta\nb',
  '3\t1\t',
  'old',
  'new\tname',
  '-\t-\t1\t2\tkind',
  '',
  'diff --git a\ndiff --git b\ndiff --git c\ndiff --git c\n',
].join('\0')

const FILES = [
  { path: 'a\nb', previousPath: null, status: 'modified', additions: 0, deletions: 0, binary: false },
  { path: 'new\tname', previousPath: 'old', status: 'renamed', additions: 3, deletions: 1, binary: false },
  { path: '1\t2\tkind', previousPath: null, status: 'typechange', additions: 0, deletions: 0, binary: true },
]
const PATCHES = ['diff --git a\n', 'diff --git b\n', 'diff --git c\ndiff --git c\n']

test('records and patches are told apart, however the bytes are cut', () => {
  const bytes = Buffer.from(OUTPUT)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const output = new DiffOutput(LIMITS)
      for (const [i, end] of at.slice(1).entries()) output.take(bytes.subarray(at[i], end))
      expect(output.files(true)).toEqual(
        FILES.map((file, i) => ({ ...file, patch: PATCHES[i], truncated: false })),
      )
    }),
  )
})

test('without patches there is none, and nothing is cut', () => {
  const output = new DiffOutput(LIMITS)
  output.take(Buffer.from(OUTPUT.slice(0, OUTPUT.indexOf('\0\0') + 1)))
  expect(output.files(true)).toEqual(FILES.map((file) => ({ ...file, patch: null, truncated: false })))
})

test('records that never end are refused', () => {
  const output = new DiffOutput(LIMITS)
  const record = Buffer.from(`:100644 100644 ${A} ${A} M\0${'x'.repeat(1 << 20)}\0`)
  let takes = 0
  while (output.take(record)) takes++
  expect(takes).toBeLessThan(30)
  expect(() => output.files(false)).toThrow(expect.objectContaining({ code: 'UNPROCESSABLE' }))
})

test('what is no record is a fault, not a wrong answer', () => {
  for (const text of [':100644 garbage\0path\0', 'x\ty\tpath\0', `:100644 100644 ${A} ${A} X\0path\0`]) {
    expect(() => new DiffOutput(LIMITS).take(Buffer.from(text))).toThrow('not a')
  }
})
