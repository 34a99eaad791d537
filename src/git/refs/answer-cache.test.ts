import { expect, test } from 'vitest'
import { AnswerCache } from './answer-cache.ts'

const bytes = (length: number) => () => Buffer.alloc(length)
const never = () => {
  throw new Error('asked again')
}

test('the same question is answered once', () => {
  const cache = new AnswerCache(100)
  const first = cache.get('q', bytes(10))
  expect(cache.get('q', never)).toBe(first)
})

test('the oldest answers make room for new ones', () => {
  const cache = new AnswerCache(100)
  cache.get('a', bytes(40))
  cache.get('b', bytes(40))
  cache.get('c', bytes(40))
  expect(() => cache.get('a', never)).toThrow('asked again')
  expect(cache.get('c', never)).toHaveLength(40)
})

test('an answer that alone would be too much is given but not kept', () => {
  const cache = new AnswerCache(100)
  cache.get('a', bytes(40))
  expect(cache.get('big', bytes(200))).toHaveLength(200)
  expect(() => cache.get('big', never)).toThrow('asked again')
  expect(cache.get('a', never)).toHaveLength(40)
})
