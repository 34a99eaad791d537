import { expect, test } from 'vitest'
import { readPullOptions, titleOf } from './pull-options.ts'

test.each<[readonly string[], object]>([
  [[], { pull: null }],
  [['json', 'ci.skip'], { pull: null }],
  [['pull=12'], { pull: 12 }],
  [['pull=new'], { pull: 'new' }],
  [['pull=0'], { pull: 'unclear' }],
  [['pull='], { pull: 'unclear' }],
  [['pull'], { pull: 'unclear' }],
  [['pull=1', 'pull=2'], { pull: 2 }],
  [['title= a = b '], { pull: null, title: 'a = b' }],
  [['title=', 'description='], { pull: null, description: '' }],
])('%j says %j', (options, said) => {
  expect(readPullOptions(options)).toEqual(said)
})

test('a title is one line of at most 256 characters, and none of them is cut in half', () => {
  expect(titleOf('a\x1b[31m\tb')).toBe('a [31m b')
  expect(titleOf(' \x00 ')).toBeNull()
  expect(titleOf('x'.repeat(300))).toHaveLength(256)
  expect(titleOf(`${'x'.repeat(255)}😀`)).toBe('x'.repeat(255))
})
