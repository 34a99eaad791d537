import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { AppError } from '../kernel/errors.ts'
import { decodeCursor, encodeCursor, linkNext, pageQuery } from './pagination.ts'

const query = z.object(pageQuery({ default: 20, max: 100 }))
const position = z.tuple([z.number(), z.string()])

describe('limit', () => {
  test.each([
    [undefined, 20],
    ['1', 1],
    ['0', 1],
    ['100', 100],
    ['101', 100],
    ['999999999', 100],
  ])('%s becomes %i', (limit, expected) => {
    expect(query.parse({ limit }).limit).toBe(expected)
  })

  test.each(['-1', 'ten', '1.5', '', ' 1', '1e3'])('%j is refused', (limit) => {
    expect(query.safeParse({ limit }).success).toBe(false)
  })
})

test('a cursor comes back as the position it was made of', () => {
  expect(decodeCursor(encodeCursor([17, 'id']), position)).toEqual([17, 'id'])
})

test.each(['', '!!', encodeCursor([1]), encodeCursor(['id', 17])])('the cursor %j is refused', (cursor) => {
  expect(() => decodeCursor(cursor, position)).toThrowError(AppError)
})

test('the next page keeps the other parameters and replaces offset and cursor', () => {
  const headers: Record<string, unknown> = {}
  const reply = { header: (name: string, value: unknown) => ((headers[name] = value), reply) }
  const request = { url: '/v1/repos?limit=2&offset=4&q=a%20b&cursor=old' } as FastifyRequest
  linkNext(request, reply as unknown as FastifyReply, [17, 'id'])
  const cursor = encodeCursor([17, 'id'])
  expect(headers).toEqual({
    'x-next-cursor': cursor,
    link: `</v1/repos?limit=2&q=a+b&cursor=${cursor}>; rel="next"`,
  })
})
