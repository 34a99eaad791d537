import { describe, expect, test } from 'vitest'
import { checkUploadRequestStart, parseCommandRequest, parseCommandStart } from './fetch-request.ts'
import { DELIM, FLUSH, pktLine, RESPONSE_END } from './pkt-line.ts'

const A = 'a'.repeat(40)
const code = (name: string) => expect.objectContaining({ code: name })

function bodyOf(...parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((p) => (typeof p === 'string' ? pktLine(p) : p)))
}
const parse = (...parts: readonly (string | Buffer)[]) =>
  parseCommandRequest(bodyOf(...parts), { objectFormat: 'sha1' })

describe('a command request', () => {
  test('is a command, capabilities and arguments', () => {
    const request = parse(
      'command=ls-refs\n',
      'agent=git/2.39.5',
      'object-format=sha1',
      DELIM,
      'peel\n',
      'symrefs',
      FLUSH,
    )
    expect(request).toEqual({
      command: 'ls-refs',
      capabilities: new Map([
        ['agent', 'git/2.39.5'],
        ['object-format', 'sha1'],
      ]),
      args: ['peel', 'symrefs'],
    })
  })

  test('may name its command after a capability', () => {
    expect(parse('agent=x', 'command=fetch', DELIM, `want ${A}\n`, 'done', FLUSH)).toMatchObject({
      command: 'fetch',
      args: [`want ${A}`, 'done'],
    })
  })

  test('may do without arguments, with the delimiter or without', () => {
    expect(parse('command=bundle-uri', DELIM, FLUSH)).toMatchObject({ command: 'bundle-uri', args: [] })
    expect(parse('command=bundle-uri', FLUSH)).toMatchObject({ command: 'bundle-uri', args: [] })
  })

  test('that is empty means that the client has done', () => {
    expect(parse(FLUSH)).toBeNull()
  })

  test('is refused at every byte that it is cut at', () => {
    const body = bodyOf('command=fetch', DELIM, `want ${A}`, FLUSH)
    for (let end = 0; end < body.length; end++) {
      expect(() => parseCommandRequest(body.subarray(0, end), { objectFormat: 'sha1' }), `${end}`).toThrow(
        code('MALFORMED_REQUEST'),
      )
    }
  })

  test.each<[string, string, (string | Buffer)[]]>([
    ['no command', 'MALFORMED_REQUEST', ['agent=x', FLUSH]],
    ['arguments without a command', 'MALFORMED_REQUEST', [DELIM, 'peel', FLUSH]],
    ['two commands', 'MALFORMED_REQUEST', ['command=fetch', 'command=ls-refs', FLUSH]],
    ['the same command twice', 'MALFORMED_REQUEST', ['command=fetch', 'command=fetch', FLUSH]],
    ['a second delimiter', 'MALFORMED_REQUEST', ['command=fetch', DELIM, DELIM, FLUSH]],
    ['a response-end', 'MALFORMED_REQUEST', ['command=fetch', RESPONSE_END]],
    ['bytes after the flush', 'MALFORMED_REQUEST', ['command=fetch', FLUSH, 'command=fetch', FLUSH]],
    ['another object format', 'MALFORMED_REQUEST', ['command=fetch', 'object-format=sha256', FLUSH]],
    ['a length that is none', 'MALFORMED_PACKET', [Buffer.from('0003')]],
  ])('with %s is refused: %s', (_, expected, parts) => {
    expect(() => parse(...parts)).toThrow(code(expected))
  })
})

describe('a request of protocol v0 or v1', () => {
  test.each<[string, Buffer, 'wants' | 'nothing']>([
    ['a want with capabilities', bodyOf(`want ${A} multi_ack_detailed side-band-64k\n`), 'wants'],
    ['a bare want', bodyOf(`want ${A}\n`), 'wants'],
    ['a want of sha256', bodyOf(`want ${'b'.repeat(64)}`, `want ${A}`), 'wants'],
    ['a flush', FLUSH, 'nothing'],
  ])('may start with %s', (_, start, expected) => {
    expect(checkUploadRequestStart(start)).toBe(expected)
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['half a packet', bodyOf(`want ${A}`).subarray(0, 20)],
    ['a have', bodyOf(`have ${A}`)],
    ['a want of no id', bodyOf('want refs/heads/main')],
    ['a delimiter', DELIM],
  ])('may not start with %s', (_, start) => {
    expect(() => checkUploadRequestStart(start)).toThrow(code('MALFORMED_REQUEST'))
  })
})

test('the command of a long request is known before its arguments have come', () => {
  const sha1 = { objectFormat: 'sha1' } as const
  const start = bodyOf('command=fetch', 'object-format=sha1', DELIM, `have ${A}`)
  expect(parseCommandStart(start.subarray(0, -9), sha1)).toMatchObject({ command: 'fetch' })
  expect(() => parseCommandStart(bodyOf('command=fetch'), sha1)).toThrow(code('MALFORMED_REQUEST'))
  expect(() => parseCommandStart(bodyOf('have', DELIM), sha1)).toThrow(code('MALFORMED_REQUEST'))
})
