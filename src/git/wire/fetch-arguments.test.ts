import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFetchArguments, writeFetchRequest, type FetchArguments } from './fetch-arguments.ts'
import { parseCommandRequest } from './fetch-request.ts'

const SHA1 = { objectFormat: 'sha1' } as const
const [A, B] = ['a'.repeat(40), 'b'.repeat(40)]

const parse = (...args: string[]) => parseFetchArguments(args, SHA1)

test('ids are in order and each once, whatever the client sent', () => {
  const args = parse(`want ${B}`, `want ${A}`, `want ${B}`, `have ${A}`, `shallow ${B}`, 'done')
  expect(args).toMatchObject({ wants: [A, B], haves: [A], shallow: [B], deepen: null, filter: null })
  expect([...(args?.flags ?? [])]).toEqual(['done'])
})

test.for([
  ['deepen 1', { deepen: 1 }],
  ['deepen-since 1700000000', { deepenSince: 1_700_000_000 }],
  ['filter blob:none', { filter: 'blob:none' }],
  ['filter blob:limit=10k', { filter: 'blob:limit=10k' }],
  ['filter combine:blob:none+tree:3', { filter: 'combine:blob:none+tree:3' }],
] as const)('%s is read', ([line, expected]) => {
  expect(parse(`want ${A}`, line)).toMatchObject(expected)
})

test.for([
  [],
  ['done'],
  [`want ${A.slice(1)}`],
  [`want ${A.toUpperCase()}`],
  [`want ${A} `],
  [`want ${'a'.repeat(64)}`],
  ['want'],
  [`want ${A}`, 'want-ref refs/heads/main'],
  [`want ${A}`, 'deepen-not refs/heads/main'],
  [`want ${A}`, 'deepen 0'],
  [`want ${A}`, 'deepen 0x10'],
  [`want ${A}`, 'deepen 1', 'deepen 2'],
  [`want ${A}`, 'deepen 1', 'deepen-since 1'],
  [`want ${A}`, 'filter sparse:oid=refs/internal/x'],
  [`want ${A}`, 'filter combine:tree:1+sparse%3Aoid=main'],
  [`want ${A}`, 'packfile-uris https'],
  [`want ${A}`, 'done now'],
  [`want ${A}`, 'constructor 1'],
  [`want ${A}`, 'an argument of the year 2030'],
])('%j is left to git', (args) => {
  expect(parseFetchArguments(args, SHA1)).toBeNull()
})

test('who wants thousands of objects is left to git', () => {
  const wants = (count: number) =>
    Array.from({ length: count }, (_, i) => `want ${i.toString(16).padStart(40, '0')}`)
  expect(parseFetchArguments(wants(4_096), SHA1)?.wants).toHaveLength(4_096)
  expect(parseFetchArguments(wants(4_097), SHA1)).toBeNull()
})

test('what is written for git is the same question', () => {
  const oid = fc.stringMatching(/^[0-9a-f]{40}$/)
  const lines = fc.record({
    wants: fc.array(oid, { minLength: 1, maxLength: 5 }),
    others: fc.array(
      fc.oneof(
        oid.map((id) => `have ${id}`),
        oid.map((id) => `shallow ${id}`),
        fc.constantFrom('thin-pack', 'no-progress', 'include-tag', 'ofs-delta', 'sideband-all', 'done'),
      ),
      { maxLength: 12 },
    ),
    one: fc.constantFrom<string[][]>(
      [],
      ['deepen 3'],
      ['deepen-since 12', 'filter tree:0'],
      ['filter blob:none'],
    ),
  })
  fc.assert(
    fc.property(lines, ({ wants, others, one }) => {
      const args = parse(...others, ...wants.map((id) => `want ${id}`), ...one) as FetchArguments
      const request = parseCommandRequest(writeFetchRequest(args), SHA1)
      expect(request?.command).toBe('fetch')
      expect(parseFetchArguments(request?.args ?? [], SHA1)).toEqual(args)
    }),
  )
})
