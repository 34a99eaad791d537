import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyCuts, cutStream, everyByte } from '../../../test/support/cut-stream.ts'
import type { ObjectFormat } from '../../kernel/ids.ts'
import { ByteSource } from '../byte-source.ts'
import { FLUSH, pktLine } from './pkt-line.ts'
import { MAX_OPTION_BYTES, MAX_OPTIONS } from './push-options.ts'
import { MAX_COMMANDS, readReceivePackRequest } from './receive-pack-request.ts'

const ZERO = '0'.repeat(40)
const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const PACK = Buffer.from('PACK and what follows')
const code = (name: string) => expect.objectContaining({ code: name })

/** Strings become packets, buffers stay as they are. */
function bodyOf(...parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((p) => (typeof p === 'string' ? pktLine(p) : p)))
}

async function read(body: Buffer, cuts: readonly number[] = [], objectFormat: ObjectFormat = 'sha1') {
  const source = new ByteSource(cutStream(body, cuts), { idleMs: 10_000 })
  const { pack, ...request } = await readReceivePackRequest(source, { objectFormat })
  return { ...request, pack: pack && Buffer.concat(await pack.toArray()).toString() }
}

const push = bodyOf(
  `shallow ${A}`,
  `${ZERO} ${A} refs/heads/main\0 report-status-v2 side-band-64k push-options object-format=sha1 agent=git/2.39.5`,
  `${A} ${B} refs/heads/topic`,
  FLUSH,
  'ci.skip',
  'json',
  FLUSH,
  PACK,
)

describe('a push', () => {
  test('is read up to its pack', async () => {
    const request = await read(push)
    expect(request).toMatchObject({
      updates: [
        { oldOid: ZERO, newOid: A, ref: 'refs/heads/main' },
        { oldOid: A, newOid: B, ref: 'refs/heads/topic' },
      ],
      options: ['ci.skip', 'json'],
      shallows: [A],
      isProbe: false,
      pack: PACK.toString(),
    })
    expect([...request.capabilities]).toEqual([
      ['report-status-v2', true],
      ['side-band-64k', true],
      ['push-options', true],
      ['object-format', 'sha1'],
      ['agent', 'git/2.39.5'],
    ])
  })

  test('is the same byte by byte and at random cuts', async () => {
    const whole = await read(push)
    expect(await read(push, everyByte(push))).toEqual(whole)
    await fc.assert(
      fc.asyncProperty(anyCuts, async (cuts) => {
        expect(await read(push, cuts)).toEqual(whole)
      }),
    )
  })

  test('may end its lines with a line feed, and write ids in capitals', async () => {
    const { updates } = await read(
      bodyOf(`${ZERO} ${A.toUpperCase()} refs/heads/main\0report-status\n`, FLUSH),
    )
    expect(updates).toEqual([{ oldOid: ZERO, newOid: A, ref: 'refs/heads/main' }])
  })

  test('has options only when it says so', async () => {
    const { options, pack } = await read(bodyOf(`${ZERO} ${A} refs/heads/main`, FLUSH, PACK))
    expect(options).toEqual([])
    expect(pack).toBe(PACK.toString())
  })

  test('that only deletes has no pack', async () => {
    const { updates, pack } = await read(
      bodyOf(`${A} ${ZERO} refs/heads/main`, `${B} ${ZERO} refs/heads/b`, FLUSH),
    )
    expect(updates).toHaveLength(2)
    expect(pack).toBeNull()
  })

  test('with a bad name is left to the door, which refuses that ref alone', async () => {
    const raw = Buffer.concat([
      Buffer.from(`${ZERO} ${A} refs/heads/`),
      Buffer.from([0xff, 0x20, 0x2e, 0x2e]),
    ])
    const { updates } = await read(bodyOf(pktLine(raw), FLUSH))
    expect(updates[0]?.ref).toBe('refs/heads/\ufffd ..')
  })

  test(`may hold ${MAX_COMMANDS} commands and not one more`, { timeout: 60_000 }, async () => {
    const commands = Array.from({ length: MAX_COMMANDS }, (_, i) => `${ZERO} ${A} ${i}`)
    expect((await read(bodyOf(...commands, FLUSH))).updates).toHaveLength(MAX_COMMANDS)
    await expect(read(bodyOf(...commands, `${ZERO} ${A} x`, FLUSH))).rejects.toEqual(
      code('TOO_MANY_COMMANDS'),
    )
  })

  test('of a sha256 repository says so', async () => {
    const [old, now] = ['0'.repeat(64), 'c'.repeat(64)]
    const body = bodyOf(`${old} ${now} refs/heads/main\0object-format=sha256`, FLUSH)
    expect((await read(body, [], 'sha256')).updates[0]?.newOid).toBe(now)
  })
})

describe('a request without commands', () => {
  test('is a probe when it is a flush and no more', async () => {
    expect(await read(FLUSH)).toMatchObject({ isProbe: true, updates: [], pack: null })
  })

  test('is no probe when it says where a shallow history ends', async () => {
    expect(await read(bodyOf(`shallow ${A}`, FLUSH))).toMatchObject({ isProbe: false, shallows: [A] })
  })
})

const COMMAND = `${ZERO} ${A} refs/heads/main`

describe('refused', () => {
  test.each<[string, string, Buffer]>([
    ['an empty body', 'MALFORMED_REQUEST', Buffer.alloc(0)],
    ['a pack without a command', 'MALFORMED_REQUEST', bodyOf(FLUSH, PACK)],
    ['an end before the flush', 'MALFORMED_REQUEST', bodyOf(COMMAND)],
    ['an end inside a command', 'MALFORMED_PACKET', bodyOf(COMMAND).subarray(0, 30)],
    ['a delimiter among the commands', 'MALFORMED_REQUEST', bodyOf(COMMAND, Buffer.from('0001'), FLUSH)],
    ['a length that is none', 'MALFORMED_PACKET', Buffer.from('zzzz')],
    [
      'more than a mebibyte of lines',
      'TOO_MANY_COMMANDS',
      bodyOf(...Array<string>(17).fill('x'.repeat(65_000))),
    ],
    [
      'a push certificate',
      'MALFORMED_REQUEST',
      bodyOf('push-cert\0push-cert=nonce', 'certificate version 0.1', FLUSH),
    ],
    ['an id that is none', 'INVALID_OID', bodyOf(`abc ${A} refs/heads/main`, FLUSH)],
    ['a cut-off point that is none', 'INVALID_OID', bodyOf('shallow abc', FLUSH)],
    ['a command without a name', 'MALFORMED_REQUEST', bodyOf(`${ZERO} ${A}`, FLUSH)],
    ['an empty line', 'MALFORMED_REQUEST', bodyOf('', FLUSH)],
    ['a line feed in a name', 'MALFORMED_REQUEST', bodyOf(`${COMMAND}\nok refs/heads/x`, FLUSH)],
    ['an escape in a name', 'MALFORMED_REQUEST', bodyOf(`${COMMAND}\x1b[2J`, FLUSH)],
    ['capabilities on a second command', 'MALFORMED_REQUEST', bodyOf(COMMAND, `${COMMAND}\0atomic`, FLUSH)],
    [
      'a name longer than a report can hold',
      'MALFORMED_REQUEST',
      bodyOf(`${ZERO} ${A} ${'n'.repeat(4097)}`, FLUSH),
    ],
    ['another object format', 'MALFORMED_REQUEST', bodyOf(`${COMMAND}\0object-format=sha256`, FLUSH)],
    ['options that never end', 'MALFORMED_REQUEST', bodyOf(`${COMMAND}\0push-options`, FLUSH, 'one')],
    [
      'an option too many',
      'MALFORMED_REQUEST',
      bodyOf(`${COMMAND}\0push-options`, FLUSH, ...Array<string>(MAX_OPTIONS + 1).fill('o'), FLUSH),
    ],
    [
      'an option too long',
      'MALFORMED_REQUEST',
      bodyOf(`${COMMAND}\0push-options`, FLUSH, 'o'.repeat(MAX_OPTION_BYTES + 1), FLUSH),
    ],
    ['an option of two lines', 'MALFORMED_REQUEST', bodyOf(`${COMMAND}\0push-options`, FLUSH, 'a\nb', FLUSH)],
  ])('%s: %s', async (_, expected, body) => {
    await expect(read(body)).rejects.toEqual(code(expected))
    await expect(read(body, everyByte(body.subarray(0, 2000)))).rejects.toEqual(code(expected))
  })

  test('a client of sha1 at a repository of sha256, even if it names no format', async () => {
    await expect(read(bodyOf(COMMAND, FLUSH), [], 'sha256')).rejects.toEqual(code('MALFORMED_REQUEST'))
  })

  test('the most options that are allowed are not', async () => {
    const options = Array<string>(MAX_OPTIONS).fill('o'.repeat(MAX_OPTION_BYTES))
    const body = bodyOf(`${COMMAND}\0push-options`, FLUSH, ...options, FLUSH)
    expect((await read(body)).options).toEqual(options)
  })
})
