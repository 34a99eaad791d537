import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCuts, cut } from '../../../test/support/cut-stream.ts'
import { MAX_LINE_BYTES, ProgressLines } from './progress-lines.ts'

function linesOf(chunks: readonly Buffer[]): string[] {
  const lines = new ProgressLines()
  return [...chunks.flatMap((chunk) => lines.take(chunk)), ...lines.end()]
}

const text = 'Unpacking: 50% (1/2)\rUnpacking: 100% (2/2), done.\nwarning: é\n'

test('a line ends at CR or LF and keeps its end', () => {
  expect(linesOf([Buffer.from(text)])).toEqual([
    'Unpacking: 50% (1/2)\r',
    'Unpacking: 100% (2/2), done.\n',
    'warning: é\n',
  ])
})

test('the last line is ended if git did not', () => {
  expect(linesOf([Buffer.from('fatal: no')])).toEqual(['fatal: no\n'])
})

test('lines are the same however the text is cut', () => {
  const long = Buffer.from(text + 'y'.repeat(MAX_LINE_BYTES + 10) + '\r\nend')
  const whole = linesOf([long])
  fc.assert(
    fc.property(anyCuts, (cuts) => {
      expect(linesOf(cut(long, cuts))).toEqual(whole)
    }),
  )
})

test('a line without an end is handed on before it grows large', () => {
  const lines = new ProgressLines()
  expect(lines.take(Buffer.alloc(MAX_LINE_BYTES - 1, 'x'))).toEqual([])
  expect(lines.take(Buffer.from('xx'))).toEqual(['x'.repeat(MAX_LINE_BYTES)])
  expect(lines.end()).toEqual(['x\n'])
})
