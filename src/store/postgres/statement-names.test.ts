import { expect, test } from 'vitest'
import { StatementNames } from './statement-names.ts'

test('a text keeps its name and shares it with no other', () => {
  const names = new StatementNames()
  const [one, two] = [names.of('select 1'), names.of('select 2')]
  expect(names.of('select 1')).toBe(one)
  expect(two).not.toBe(one)
})

test('what would break when a column is added is not named', () => {
  expect(new StatementNames().of('select * from accounts where id = $1')).toBeUndefined()
})

test('names are bounded, and those that were given stay', () => {
  const names = new StatementNames()
  const first = names.of('select 0')
  const given = Array.from({ length: 1_000 }, (_, n) => names.of(`select ${n}`)).filter(
    (name) => name !== undefined,
  )
  expect(given).toHaveLength(200)
  expect(names.of('select 0')).toBe(first)
})
