import { expect, test } from 'vitest'
import { patchTypeOf } from './patch-type.ts'

test.each([
  [undefined, null],
  ['', null],
  ['*/*', null],
  ['application/json', null],
  ['text/x-diff', 'text/x-diff'],
  ['text/x-patch', 'text/x-patch'],
  ['TEXT/X-DIFF; charset=utf-8', 'text/x-diff'],
  ['text/x-diff, */*;q=0.1', 'text/x-diff'],
  ['text/x-diff;q=0.5, text/x-patch', 'text/x-patch'],
  ['text/x-diff;q=0.5, application/json', null],
  ['text/x-diff, application/json;q=0.5', 'text/x-diff'],
  ['text/x-diff;q=0', null],
  ['text/x-diff;q=nonsense', null],
])('Accept: %s is answered with %s', (accept, type) => {
  expect(patchTypeOf(accept)).toBe(type)
})
