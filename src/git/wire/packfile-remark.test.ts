import { expect, test } from 'vitest'
import { PackfileRemark } from './packfile-remark.ts'
import { DELIM, FLUSH, pktLine } from './pkt-line.ts'
import { BAND, sideBand } from './side-band.ts'

const REMARK = sideBand(BAND.progress, 'old\n')
const BEFORE = Buffer.concat([pktLine('acknowledgments\n'), pktLine('ready\n'), DELIM, pktLine('packfile\n')])
const AFTER = Buffer.concat([sideBand(BAND.data, 'PACK…packfile\n'), FLUSH])

test.each([1, 2, 3, 7, 20, 1_000])(
  'the remark stands once, behind the line of the section, in pieces of %i bytes',
  (size) => {
    const { pass } = new PackfileRemark('old')
    const answer = Buffer.concat([BEFORE, AFTER])
    const sent: Buffer[] = []
    for (let at = 0; at < answer.length; at += size) sent.push(pass(answer.subarray(at, at + size)))
    expect(Buffer.concat(sent)).toEqual(Buffer.concat([BEFORE, REMARK, AFTER]))
  },
)

test('so it does where everything is multiplexed', () => {
  const line = sideBand(BAND.data, 'packfile\n')
  expect(new PackfileRemark('old').pass(Buffer.concat([line, AFTER]))).toEqual(
    Buffer.concat([line, REMARK, AFTER]),
  )
})

test('an answer without a pack is passed on as it is', () => {
  const answer = Buffer.concat([pktLine('acknowledgments\n'), pktLine('NAK\n'), FLUSH])
  expect(new PackfileRemark('old').pass(answer)).toEqual(answer)
})
