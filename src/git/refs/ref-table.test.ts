import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KnownRef, writeRef } from './ref-form.ts'
import { byBytes } from './ref-ranges.ts'
import { RefTableBuilder } from './ref-table-builder.ts'
import type { RefTable } from './ref-table.ts'

const oid = fc.constantFrom('1', '2', '3').map((digit) => digit.repeat(40))
const name = fc.stringMatching(/^refs\/[a-c\xe9/]{1,6}$/)
const ref: fc.Arbitrary<KnownRef> = fc.record({
  name,
  oid,
  peeled: fc.option(oid, { nil: null }),
  target: fc.constant(null),
})
const refs = fc
  .uniqueArray(ref, { selector: (r) => r.name, maxLength: 40 })
  .map((list) => list.sort((a, b) => byBytes(a.name, b.name)))

function tableOf(list: readonly KnownRef[]): RefTable {
  const builder = new RefTableBuilder(40, 0)
  for (const { oid: id, name: n, peeled } of list) builder.add(id, Buffer.from(n, 'latin1'), peeled)
  return builder.build()
}

test('a table gives back the refs it was built from', () => {
  fc.assert(
    fc.property(refs, (list) => {
      expect(list.map((_, i) => tableOf(list).at(i))).toEqual(list)
    }),
  )
})

test.each(['omit', 'attribute', 'line'] as const)(
  'packets with peeled: %s are those of each ref in turn',
  (form) => {
    fc.assert(
      fc.property(refs, fc.nat(40), fc.nat(40), (list, a, b) => {
        const [from, to] = [Math.min(a, b, list.length), Math.min(Math.max(a, b), list.length)]
        const each = list.slice(from, to).map((r) => writeRef(r, { peeled: form, symrefs: false }))
        expect(tableOf(list).packets(form, from, to)).toEqual(Buffer.concat(each))
      }),
    )
  },
)

test('the lower bound is the place where a name would stand', () => {
  fc.assert(
    fc.property(refs, name, (list, it) => {
      const table = tableOf(list)
      const expected = list.filter((r) => r.name < it).length
      expect(table.lowerBound(it)).toBe(expected)
      expect(table.isNamed(expected, it)).toBe(list[expected]?.name === it)
    }),
  )
})
