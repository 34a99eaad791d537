import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCapabilities } from './capabilities.ts'
import { takePacket } from './pkt-line.ts'
import { BAND, KEEP_ALIVE, sideBand, sideBandOf, type SideBand } from './side-band.ts'

function demultiplex(packets: Buffer): { band: number; payload: Buffer; bytes: number }[] {
  const out = []
  for (let rest = packets; rest.length > 0;) {
    const packet = takePacket(rest)
    if (packet?.kind !== 'data') throw new Error('data expected')
    out.push({
      band: packet.payload[0] ?? 0,
      payload: packet.payload.subarray(1),
      bytes: rest.length - packet.rest.length,
    })
    rest = packet.rest
  }
  return out
}

test.each<[SideBand, number]>([
  ['side-band-64k', 65_520],
  ['side-band', 1000],
])('no packet of %s is longer than %d bytes, and none is lost', (width, maxBytes) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 * maxBytes }), (size) => {
      const payload = Buffer.alloc(size, 'x')
      const packets = demultiplex(sideBand(BAND.data, payload, width))
      expect(Buffer.concat(packets.map((p) => p.payload)).equals(payload)).toBe(true)
      expect(packets.every((p) => p.band === 1 && p.bytes <= maxBytes)).toBe(true)
      expect(packets).toHaveLength(Math.ceil(size / (maxBytes - 5)))
    }),
    { numRuns: 30 },
  )
})

test('text is sent as UTF-8', () => {
  expect(sideBand(BAND.progress, 'é').toString('latin1')).toBe('0007\x02\xc3\xa9')
})

test('the packet that keeps a connection open carries nothing', () => {
  expect(KEEP_ALIVE.toString('latin1')).toBe('0005\x01')
})

test.each([
  ['side-band side-band-64k', 'side-band-64k'],
  ['side-band', 'side-band'],
  ['report-status', null],
])('a client that says %j reads %s', (words, expected) => {
  expect(sideBandOf(parseCapabilities(words.split(' ')))).toBe(expected)
})
