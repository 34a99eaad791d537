import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { linkNext, pageQuery } from './pagination.ts'

const query = z.object(pageQuery({ default: 20, max: 100 }))

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

test('the next page keeps the parameters of the route, replaces offset and cursor, and repeats no others', () => {
  const headers: Record<string, unknown> = {}
  const reply = { header: (name: string, value: unknown) => ((headers[name] = value), reply) }
  const url = '/v1/repos?limit=2&offset=4&q=a%20b&access_token=hunter2&toString=hunter2&cursor=old'
  const request = {
    url,
    query: { limit: 2, offset: 4, q: 'a b', cursor: 'old' },
  } as unknown as FastifyRequest
  linkNext(request, reply as unknown as FastifyReply, 'new')
  expect(headers).toEqual({
    'x-next-cursor': 'new',
    link: '</v1/repos?limit=2&q=a+b&cursor=new>; rel="next"',
  })
})
