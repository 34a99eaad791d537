import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { withCoAuthors } from './trailers.ts'

const ada = { name: 'Ada', email: 'ada@example.org' }
const eve = { name: 'Eve: of all', email: 'eve@example.org' }
const max = { name: 'Max', email: 'max@example.org' }

function trailersOf(message: string): string[] {
  const parsed = execFileSync('git', ['interpret-trailers', '--parse', '--no-divider'], { input: message })
  return parsed
    .toString()
    .split('\n')
    .filter((line) => line !== '')
}

const CO = ['Co-authored-by: Ada <ada@example.org>', 'Co-authored-by: Eve: of all <eve@example.org>']

describe('git reads every co-author as a trailer', () => {
  test.each([
    ['a subject alone', 'subject', CO],
    ['a subject and a body', 'subject\n\nbody\nof two lines\n\n', CO],
    ['lines of another system', 'subject\r\n\r\nbody\r\n', CO],
    ['a subject that looks like a trailer', 'fix: it', CO],
    ['trailers', 'subject\n\nSigned-off-by: Ada <a@b>', ['Signed-off-by: Ada <a@b>', ...CO]],
    ['a trailer of two lines', 'subject\n\nbody\n\nFixes: one\n  two', ['Fixes: one two', ...CO]],
    ['a body that ends in something like one', 'subject\n\nhttp: is a protocol\nof the web', CO],
  ])('behind %s', (_what, message, expected) => {
    expect(trailersOf(withCoAuthors(message, [ada, eve], max))).toEqual(expected)
  })
})

test('each is named once, whatever the case of the address, and whoever commits is not', () => {
  const again = { name: 'ada', email: 'ADA@example.org' }
  expect(withCoAuthors('subject', [ada, max, again, ada], max)).toBe(
    'subject\n\nCo-authored-by: Ada <ada@example.org>\n',
  )
})

test('whom the message names already is not named again', () => {
  const message = 'subject\n\nco-authored-by: A. <ada@example.org>\n'
  expect(withCoAuthors(message, [ada], max)).toBe(message)
})
