import { expect, test } from 'vitest'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { parseFetchArguments, type FetchArguments } from '../wire/fetch-arguments.ts'
import { fetchKey } from './fetch-key.ts'

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)]
const repo = (id: string): RepoHandle => ({ id: id as RepoId, path: '/nowhere', objectFormat: 'sha1' })
const HERE = repo('00000000-0000-0000-0000-000000000001')

function keyOf(lines: readonly string[], at = HERE, tags: string | null = null): string {
  return fetchKey(at, parseFetchArguments(lines, at) as FetchArguments, tags)
}

const PLAIN = [`want ${A}`, 'thin-pack', 'ofs-delta', 'done']

test('order, repetition and progress make no difference', () => {
  const key = keyOf(PLAIN)
  expect(keyOf([...PLAIN].reverse())).toBe(key)
  expect(keyOf([...PLAIN, ...PLAIN, 'no-progress'])).toBe(key)
})

test.for([
  'include-tag',
  'sideband-all',
  'wait-for-done',
  'deepen-relative',
  'deepen 1',
  'deepen-since 1',
  'filter blob:none',
  `want ${B}`,
  `have ${B}`,
  `shallow ${B}`,
])('%s makes another question', (line) => {
  expect(keyOf([...PLAIN, line])).not.toBe(keyOf(PLAIN))
})

test.for(PLAIN.slice(1))('a question without %s is another one', (line) => {
  expect(keyOf(PLAIN.filter((each) => each !== line))).not.toBe(keyOf(PLAIN))
})

test('a have is no want, and another repository or another set of tags is another question', () => {
  expect(keyOf([`want ${A}`, `have ${B}`])).not.toBe(keyOf([`want ${B}`, `have ${A}`]))
  expect(keyOf(PLAIN, repo('00000000-0000-0000-0000-000000000002'))).not.toBe(keyOf(PLAIN))
  expect(keyOf(PLAIN, HERE, 'some tags')).not.toBe(keyOf(PLAIN, HERE, 'other tags'))
})
