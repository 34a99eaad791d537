import { expect, test } from 'vitest'
import { FLUSH, pktLine } from '../wire/pkt-line.ts'
import { parseLsRefsAnswer } from './upload-pack-answers.ts'

const LINE = pktLine(`${'1'.repeat(40)} refs/heads/main\n`)

/** The longest time for which nobody else had a turn. */
async function longestStall(work: () => Promise<unknown>): Promise<number> {
  let [longest, last] = [0, performance.now()]
  const look = () => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
  const timer = setInterval(look, 5)
  await work()
  look()
  clearInterval(timer)
  return longest
}

test('while a million lines of an upstream are read, others have their turn (listing-stall-regression)', async () => {
  const body = Buffer.concat([...Array.from({ length: 1_000_000 }, () => LINE), FLUSH])
  const stall = await longestStall(async () => expect((await parseLsRefsAnswer(body))?.refs.size).toBe(1))
  expect(stall).toBeLessThan(500)
})
