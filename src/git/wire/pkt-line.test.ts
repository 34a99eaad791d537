import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DELIM, FLUSH, MAX_PAYLOAD_BYTES, pktLine, RESPONSE_END, takePacket } from './pkt-line.ts'

describe('pktLine', () => {
  test.each([
    ['a\n', '0006a\n'],
    ['a', '0005a'],
    ['foobar\n', '000bfoobar\n'],
    ['', '0004'],
  ])('%j is framed as in gitprotocol-common(5)', (payload, framed) => {
    expect(pktLine(payload).toString()).toBe(framed)
    expect(pktLine(Buffer.from(payload)).toString()).toBe(framed)
  })

  test('counts bytes, not characters', () => {
    expect(pktLine('é').toString()).toBe('0006é')
  })

  test('the longest payload is fff0 long, and one byte more is a bug of the caller', () => {
    expect(pktLine(Buffer.alloc(MAX_PAYLOAD_BYTES)).toString('latin1', 0, 4)).toBe('fff0')
    expect(() => pktLine(Buffer.alloc(MAX_PAYLOAD_BYTES + 1))).toThrow(RangeError)
  })
})

describe('takePacket', () => {
  test.each([
    [FLUSH, 'flush'],
    [DELIM, 'delim'],
    [RESPONSE_END, 'response-end'],
  ])('%s is a packet without payload', (packet, kind) => {
    expect(takePacket(Buffer.concat([packet, Buffer.from('x')]))).toEqual({ kind, rest: Buffer.from('x') })
  })

  test('an empty line is data, as git reads it', () => {
    expect(takePacket(Buffer.from('0004'))).toMatchObject({ kind: 'data', payload: Buffer.alloc(0) })
  })

  test('upper-case digits are read too, as git does', () => {
    expect(takePacket(Buffer.from('000Afoobar'))).toMatchObject({
      kind: 'data',
      payload: Buffer.from('foobar'),
    })
  })

  test.each(['0003', 'fff1', 'ffff', 'xxxx', '00 5', '-001', '+005', '0x10', '000\n', '\0\0\0\0', 'PACK'])(
    '%j is refused without waiting for what it announces',
    (head) => {
      expect(() => takePacket(Buffer.from(head))).toThrow(
        expect.objectContaining({ code: 'MALFORMED_PACKET' }),
      )
    },
  )

  test('every proper prefix of a packet is not yet a packet', () => {
    const packet = pktLine('hello\n')
    for (let cut = 0; cut < packet.length; cut++) expect(takePacket(packet.subarray(0, cut))).toBeNull()
  })

  test('gives back every payload that pktLine framed, and what follows untouched', () => {
    const payloads = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(payloads, payloads, (payload, rest) => {
        const packet = takePacket(Buffer.concat([pktLine(Buffer.from(payload)), rest]))
        expect(packet).toEqual({ kind: 'data', payload: Buffer.from(payload), rest: Buffer.from(rest) })
      }),
    )
  })
})
