import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PatchTexts } from './patch-texts.ts'

const ROOMY = { maxFileBytes: 10_000, maxBytes: 100_000 }
const ONE = 'diff --git a/one b/one\n@@ -1 +1,2 @@\n-x\n+diff --git a/x b/x\n+é\n'
const TWO =
  'diff --git a/two b/two\ndeleted file mode 120000\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n'
const TWO_AGAIN = 'diff --git a/two b/two\nnew file mode 100644\n'

function texts(chunks: readonly Buffer[], limits = ROOMY, sections = [1, 2]) {
  const patches = new PatchTexts(sections, limits)
  const whole = chunks.every((chunk) => patches.take(chunk))
  return patches.end(whole)
}

test('sections go to their files in order, however the bytes are cut', () => {
  const bytes = Buffer.from(ONE + TWO + TWO_AGAIN)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
      expect(texts(chunks)).toEqual([
        { text: ONE, truncated: false },
        { text: TWO + TWO_AGAIN, truncated: false },
      ])
    }),
  )
})

describe('a limit', () => {
  test('of one file cuts it at a line, and leaves the next one whole', () => {
    const limits = { maxFileBytes: 50, maxBytes: 1_000 }
    expect(texts([Buffer.from(ONE + TWO_AGAIN)], limits, [1, 1])).toEqual([
      { text: 'diff --git a/one b/one\n@@ -1 +1,2 @@\n-x\n', truncated: true },
      { text: TWO_AGAIN, truncated: false },
    ])
  })

  test('of all ends the reading, and marks what is left', () => {
    const limits = { maxFileBytes: 1_000, maxBytes: 30 }
    expect(texts([Buffer.from(ONE), Buffer.from(TWO_AGAIN)], limits, [1, 1])).toEqual([
      { text: 'diff --git a/one b/one\n', truncated: true },
      { text: '', truncated: true },
    ])
  })

  test('within one long line leaves no half of a character', () => {
    const limits = { maxFileBytes: 14, maxBytes: 1_000 }
    expect(texts([Buffer.from('diff --git éé\n')], limits, [1])).toEqual([
      { text: 'diff --git é', truncated: true },
    ])
  })
})

test('a file without a section is a fault, unless reading was ended', () => {
  const patches = new PatchTexts([1, 1], ROOMY)
  patches.take(Buffer.from(ONE))
  expect(() => patches.end(true)).toThrow('has no patch')
})
