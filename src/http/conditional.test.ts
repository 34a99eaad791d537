import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { parseOid } from '../kernel/ids.ts'
import { expectedEtag, isFresh, strongEtag, weakEtag } from './conditional.ts'

const oid = parseOid('a'.repeat(40))

describe('If-None-Match', () => {
  test.each([
    ['is absent', undefined, strongEtag(oid), false],
    ['names the tag', `"${oid}"`, strongEtag(oid), true],
    ['names it weakly', `W/"${oid}"`, strongEtag(oid), true],
    ['names it among others', `"x", W/"7" , "y"`, weakEtag(7), true],
    ['is *', '*', weakEtag(7), true],
    ['names another', '"b"', strongEtag(oid), false],
  ])('%s', (_claim, header, etag, fresh) => {
    expect(ask(header, etag).fresh).toBe(fresh)
  })
})

test('what an object id names may be kept for a year, what a ref names is asked for again', () => {
  expect(ask(undefined, strongEtag(oid)).headers['cache-control']).toBe(
    'private, max-age=31536000, immutable',
  )
  expect(ask(undefined, weakEtag(7)).headers).toEqual({ etag: 'W/"7"', 'cache-control': 'private, no-cache' })
})

test.each([
  [undefined, null],
  ['*', null],
  [`"${oid}"`, oid],
  [oid, oid],
])('If-Match %s expects %s', (header, expected) => {
  expect(expectedEtag({ headers: { 'if-match': header } } as FastifyRequest)).toBe(expected)
})

function ask(ifNoneMatch: string | undefined, etag: string) {
  const headers: Record<string, unknown> = {}
  const reply = { header: (name: string, value: unknown) => ((headers[name] = value), reply) }
  const request = { headers: { 'if-none-match': ifNoneMatch } } as FastifyRequest
  return { fresh: isFresh(request, reply as unknown as FastifyReply, etag), headers }
}
