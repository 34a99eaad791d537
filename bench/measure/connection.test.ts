import fc from 'fast-check'
import { expect, test } from 'vitest'
import { takeAnswer } from './connection.ts'

test.each([
  ['of a known length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200, 'hello'],
  ['in chunks', 'HTTP/1.1 201 Created\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n', 201, 'hello'],
  ['without a body', 'HTTP/1.1 204 No Content\r\nx: y\r\n\r\n', 204, ''],
  ['of no bytes', 'HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n', 500, ''],
])('an answer %s is whole at its last byte and not before', (_name, text, status, body) => {
  const answer = takeAnswer(Buffer.from(text))
  expect(answer?.status).toBe(status)
  expect(answer?.body.toString()).toBe(body)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length - 1 }), (cut) => {
      expect(takeAnswer(Buffer.from(text.slice(0, cut)))).toBeNull()
    }),
  )
})
