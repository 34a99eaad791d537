/** Where the pack of a push begins, however git send-pack cuts what it writes. */
import { tmpdir } from 'node:os'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { ByteInput } from './byte-input.ts'
import { FLUSH, pktLine } from './packets.ts'
import { readPushRequest } from './push-request.ts'
import { Spool } from './spool.ts'

const [OLD, NEW] = ['0'.repeat(40), 'a'.repeat(40)]
const PACK = Buffer.concat([Buffer.from('PACK'), Buffer.from('0000push-options'), Buffer.alloc(3000, 7)])
const updates = (capabilities: string) => [
  pktLine(`${OLD} ${NEW} refs/heads/a\0 ${capabilities}`),
  pktLine(`${OLD} ${NEW} refs/heads/push-options`),
  FLUSH,
]

/** As send-pack wraps its request: parts in packets of any size, then a flush. */
function wrapped(request: Buffer, size: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < request.length; at += size) {
    const part = request.subarray(at, at + size)
    parts.push(Buffer.from((part.length + 4).toString(16).padStart(4, '0')), part)
  }
  return Buffer.concat([...parts, FLUSH])
}

test.each([
  ['without push options', updates('report-status side-band-64k'), PACK],
  [
    'with push options',
    [...updates('report-status push-options'), pktLine('json'), pktLine('\0push-options'), FLUSH],
    PACK,
  ],
  ['of a shallow repository', [pktLine(`shallow ${NEW}`), ...updates('report-status')], PACK],
  ['that only deletes', updates('report-status'), Buffer.alloc(0)],
])('the size of the pack of a push %s is known to the byte', async (_what, front, pack) => {
  const request = Buffer.concat([...front, pack])
  for (const size of [1, 7, 100, 65_000]) {
    await using spool = new Spool(tmpdir())
    const sender = new ByteInput(Readable.from([wrapped(request, size)]))
    expect(await readPushRequest(sender, spool)).toEqual({ packBytes: pack.length })
    expect((await buffer(spool.open())).equals(request)).toBe(true)
  }
})

test('when there is nothing to send there is no request', async () => {
  await using spool = new Spool(tmpdir())
  expect(await readPushRequest(new ByteInput(Readable.from([FLUSH])), spool)).toBeNull()
  expect(await readPushRequest(new ByteInput(Readable.from([])), spool)).toBeNull()
})

test('a sender that stops in the middle has sent no push', async () => {
  await using spool = new Spool(tmpdir())
  const sender = new ByteInput(Readable.from([wrapped(Buffer.concat(updates('')), 50).subarray(0, -4)]))
  await expect(readPushRequest(sender, spool)).rejects.toThrow('in the middle of the push')
})

test('a large request is read from its beginning as often as it is sent, and leaves no file', async () => {
  const chunk = Buffer.alloc(700_000, 5)
  await using spool = new Spool(tmpdir())
  for (const _ of [1, 2, 3]) await spool.write(chunk)
  for (const _ of [1, 2])
    expect((await buffer(spool.open())).equals(Buffer.concat([chunk, chunk, chunk]))).toBe(true)
})

test('a disk without room is told as such', async () => {
  await using spool = new Spool('/nonexistent')
  await expect(spool.write(Buffer.alloc(2_000_000))).rejects.toThrow('there is no room for the pack')
})
