/** Streams of packets, cut anywhere. */
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteInput } from './byte-input.ts'
import { FLUSH, packetSize, PacketBoundary, pktLine, RESPONSE_END, textOf } from './packets.ts'

const DELIMITER = Buffer.from('0001')
const packets = fc.array(fc.oneof(fc.constant(FLUSH), fc.constant(DELIMITER), fc.string().map(pktLine)))
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 })

function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  return chunks
}

describe('the end of a stream of packets', () => {
  test('is a boundary, wherever it was cut, and nothing before it is', () => {
    fc.assert(
      fc.property(packets, sizes, (sent, lengths) => {
        const bytes = Buffer.concat(sent)
        const whole = new PacketBoundary()
        for (const chunk of cut(bytes, lengths)) whole.pass(chunk)
        expect(whole.isReached).toBe(true)
        const last = sent.at(-1)
        if (last === undefined) return
        const short = new PacketBoundary()
        for (const chunk of cut(bytes.subarray(0, -1), lengths)) short.pass(chunk)
        expect(short.isReached).toBe(false)
      }),
    )
  })

  test.each(['0003', 'zzzz', '-001', '0x05'])('%s begins no packet', (header) => {
    expect(() => packetSize(Buffer.from(header))).toThrow('no git protocol')
    expect(() => new PacketBoundary().pass(Buffer.from(header))).toThrow('no git protocol')
  })
})

test('a server does not end the answer in place of the helper-regression', () => {
  const answer = Buffer.concat([pktLine('packfile'), RESPONSE_END])
  expect(() => new PacketBoundary().pass(answer)).toThrow('ends before its end')
})

describe('input read by hand', () => {
  test('gives lines, then packets, whatever its chunks are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string().map((line) => line.replaceAll('\n', ''))),
        packets,
        sizes,
        async (lines, sent, lengths) => {
          const bytes = Buffer.concat([Buffer.from(lines.map((line) => `${line}\n`).join('')), ...sent])
          const input = new ByteInput(Readable.from(cut(bytes, lengths)))
          for (const line of lines) expect(await input.line()).toBe(line)
          for (const packet of sent) expect(await input.packet()).toEqual(packet)
          expect(await input.packet()).toBeNull()
        },
      ),
    )
  })

  test('that ends within a packet is an error, and within a line is the end', async () => {
    await expect(new ByteInput(Readable.from([Buffer.from('0009ab')])).packet()).rejects.toThrow(
      'in the middle',
    )
    expect(await new ByteInput(Readable.from([Buffer.from('half a line')])).line()).toBeNull()
  })
})

test('the text of a packet is without its line feed', () => {
  expect(textOf(pktLine('ünï\n'))).toBe('ünï')
})
