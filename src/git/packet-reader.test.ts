import fc from 'fast-check'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { anyCuts, cutStream, everyByte } from '../../test/support/cut-stream.ts'
import { ByteSource } from './byte-source.ts'
import { PacketReader, type ReadPacket } from './packet-reader.ts'
import { DELIM, FLUSH, pktLine } from './wire/pkt-line.ts'

const code = (name: string) => expect.objectContaining({ code: name })

function readerOf(bytes: Buffer, cuts: readonly number[] = [], maxBytes = 1_000_000) {
  const source = new ByteSource(cutStream(bytes, cuts), { idleMs: 10_000 })
  return { source, packets: new PacketReader(source, { maxBytes, overBudget: 'TOO_MANY_COMMANDS' }) }
}

async function readAll(packets: PacketReader): Promise<ReadPacket[]> {
  const all: ReadPacket[] = []
  for (let p = await packets.next(); p !== null; p = await packets.next()) all.push(p)
  return all
}

const message = Buffer.concat([pktLine('one\n'), DELIM, pktLine(''), pktLine('x'.repeat(900)), FLUSH])

test('reads the same packets byte by byte and at random cuts', async () => {
  const whole = await readAll(readerOf(message).packets)
  expect(whole.map((p) => p.kind)).toEqual(['data', 'delim', 'data', 'data', 'flush'])
  expect(await readAll(readerOf(message, everyByte(message)).packets)).toEqual(whole)
  await fc.assert(
    fc.asyncProperty(anyCuts, async (cuts) => {
      expect(await readAll(readerOf(message, cuts).packets)).toEqual(whole)
    }),
  )
})

test('leaves what follows the last packet to others', async () => {
  const { source, packets } = readerOf(Buffer.concat([FLUSH, Buffer.from('PACK...')]))
  await packets.next()
  expect(Buffer.concat(await source.rest().toArray()).toString()).toBe('PACK...')
})

test.each([1, 3, 4, 8])('a body that ends %d bytes into a packet is malformed', async (bytes) => {
  await expect(readerOf(pktLine('hello').subarray(0, bytes)).packets.next()).rejects.toEqual(
    code('MALFORMED_PACKET'),
  )
})

test('a length over the budget is refused before its payload has come', async () => {
  const body = new PassThrough()
  const source = new ByteSource(body, { idleMs: 10_000 })
  const packets = new PacketReader(source, { maxBytes: 100, overBudget: 'TOO_MANY_COMMANDS' })
  body.write('fff0')
  await expect(packets.next()).rejects.toEqual(code('TOO_MANY_COMMANDS'))
})

test('packets without payload count as four bytes, so that a stream of flushes has an end', async () => {
  const { packets } = readerOf(Buffer.from('0000'.repeat(26)), [], 100)
  await expect(readAll(packets)).rejects.toEqual(code('TOO_MANY_COMMANDS'))
})
