import { expect, test } from 'vitest'
import { parsePackHeader } from './pack-header.ts'

test.each([2, 3] as const)('a pack of version %d says how many objects follow', (version) => {
  const head = Buffer.from(`PACK\0\0\0${String.fromCharCode(version)}\xff\0\0\x07rest`, 'latin1')
  expect(parsePackHeader(head)).toEqual({ version, objects: 0xff000007 })
})

test.each([
  ['', 'pack ends inside its header'],
  ['PACK\0\0\0\x02\0\0\0', 'pack ends inside its header'],
  ['pack\0\0\0\x02\0\0\0\0', 'pack signature mismatch'],
  ['PACK\0\0\0\x04\0\0\0\0', 'pack version 4 unsupported'],
  ['PACK\x02\0\0\0\0\0\0\0', 'pack version 33554432 unsupported'],
])('%j is refused: %s', (head, reason) => {
  expect(() => parsePackHeader(Buffer.from(head, 'latin1'))).toThrow(
    expect.objectContaining({ code: 'PACK_REJECTED', details: { reason } }),
  )
})
