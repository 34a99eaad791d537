import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventParser, type Block } from './parse-events.ts'

const parse = (...texts: string[]) => {
  const parser = new EventParser()
  return texts.flatMap((text) => parser.take(text))
}

const TABLE: readonly (readonly [what: string, text: string, blocks: readonly Block[]])[] = [
  ['an event', 'id: 7\nevent: push\ndata: {}\n\n', [{ id: '7', event: 'push', data: '{}' }]],
  ['lines that end in CR LF', 'id: 7\r\ndata: x\r\n\r\n', [{ id: '7', event: 'message', data: 'x' }]],
  ['lines that end in CR', 'data: x\r\r\n', [{ id: '', event: 'message', data: 'x' }]],
  ['data of several lines', 'data: a\ndata:b\n\n', [{ id: '', event: 'message', data: 'a\nb' }]],
  ['only one blank behind the colon', 'data:  a\n\n', [{ id: '', event: 'message', data: ' a' }]],
  ['a field without a colon', 'data\n\n', [{ id: '', event: 'message', data: '' }]],
  ['a position without data', 'id: 9\n\n', [{ id: '9', event: 'message', data: null }]],
  ['a comment', ':\n\n', [{ id: '', event: 'message', data: null }]],
  ['an unknown field', 'color: red\ndata: x\n\n', [{ id: '', event: 'message', data: 'x' }]],
  ['a byte order mark', '\ufeffdata: x\n\n', [{ id: '', event: 'message', data: 'x' }]],
  ['an id with a NUL', 'id: 1\n\nid: a\0\n\n', [block('1'), block('1')]],
]

function block(id: string): Block {
  return { id, event: 'message', data: null }
}

test.each(TABLE)('reads %s', (_what, text, blocks) => {
  expect(parse(text)).toEqual(blocks)
})

test('an id holds for all events behind it; a type for its own', () => {
  expect(parse('id: 1\nevent: a\ndata: x\n\ndata: y\n\n')).toEqual([
    { id: '1', event: 'a', data: 'x' },
    { id: '1', event: 'message', data: 'y' },
  ])
})

test('what has not ended is not told', () => {
  expect(parse('id: 1\ndata: x\n')).toEqual([])
})

test('reads the same wherever the text is cut', () => {
  const text = '\ufeffid: 1\r\nevent: push\rdata: é\ndata: {"a":1}\r\n\r\n:\n\nid: 2\r\rdata: x\n\n'
  const cuts = fc.array(fc.nat(text.length), { maxLength: 12 })
  fc.assert(
    fc.property(cuts, (at) => {
      const places = [0, ...at.sort((a, b) => a - b), text.length]
      const pieces = places.slice(1).map((end, i) => text.slice(places[i], end))
      expect(parse(...pieces)).toEqual(parse(text))
    }),
  )
})

test('an event without an end is not held', () => {
  const parser = new EventParser()
  const mebibyte = 'x'.repeat(1024 * 1024)
  expect(() => {
    for (let i = 0; i < 100; i++) parser.take(`data: ${mebibyte}\n`)
  }).toThrow(RangeError)
})
