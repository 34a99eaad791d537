import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteString, rangesOf, type RefSelection } from './ref-ranges.ts'

const piece = fc.constantFrom('refs/', 'heads/', 'a', 'b', 'é', '\u{10ffff}')
const name = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''))
const names = fc.array(name, { maxLength: 4 })

function isSelected(name: string, { prefixes, hidden, after }: RefSelection): boolean {
  const wanted = prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix))
  if (after !== undefined && byteString(name) <= byteString(after)) return false
  return wanted && !hidden.some((prefix) => name.startsWith(prefix))
}

function rangesHolding(name: string, selection: RefSelection): number {
  const bytes = byteString(name)
  return rangesOf(selection).filter(({ start, end }) => bytes >= start && (end === null || bytes < end))
    .length
}

test('a name lies in exactly one range if it is selected, and in none if it is not', () => {
  fc.assert(
    fc.property(name, names, names, fc.option(name), (it, prefixes, hidden, after) => {
      const selection = { prefixes, hidden, ...(after === null ? {} : { after }) }
      expect(rangesHolding(it, selection)).toBe(isSelected(it, selection) ? 1 : 0)
    }),
  )
})

test('ranges come in ascending order', () => {
  fc.assert(
    fc.property(names, names, (prefixes, hidden) => {
      const ranges = rangesOf({ prefixes, hidden })
      ranges.slice(1).forEach(({ start }, i) => expect(start >= (ranges[i]?.end ?? '\uffff')).toBe(true))
    }),
  )
})
