import { expect, test } from 'vitest'
import { SLAB_BYTES, SlabPool, SMALL_SLAB_BYTES } from './slab-pool.ts'

test('large slabs are as many as the bound says, and whoever comes then gets a small one at once', () => {
  const pool = new SlabPool(2)
  const sizes = [1, 2, 3, 4].map(() => pool.take().length)
  expect(sizes).toEqual([SLAB_BYTES, SLAB_BYTES, SMALL_SLAB_BYTES, SMALL_SLAB_BYTES])
})

test('what is given back is used again; what is dropped is not, and counts no more', () => {
  const pool = new SlabPool(1)
  const first = pool.take()
  const small = pool.take()
  pool.give(first)
  pool.give(small)
  expect([pool.take() === first, pool.take() === small]).toEqual([true, true])
  pool.drop(first)
  const next = pool.take()
  expect([next.length, next === first]).toEqual([SLAB_BYTES, false])
})
