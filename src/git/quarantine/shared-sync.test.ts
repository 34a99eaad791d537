import { expect, test, vi } from 'vitest'
import { SharedSync } from './shared-sync.ts'

/** Ends the syncs in their order. */
const disk = vi.hoisted(() => ({
  asked: 0,
  waiting: [] as { readonly resolve: () => void; readonly reject: (err: Error) => void }[],
}))
vi.mock(import('../durable.ts'), async (real) => ({
  ...(await real()),
  syncPath: () => {
    disk.asked++
    return new Promise<void>((resolve, reject) => disk.waiting.push({ resolve, reject }))
  },
}))

/** What is only waiting for promises goes on. */
const turn = () => new Promise(setImmediate)

test('who asks while a sync runs waits for the next one, which all who ask meanwhile share', async () => {
  const shared = new SharedSync('/nowhere')
  const ended: string[] = []
  const ask = (name: string) => shared.sync().then(() => ended.push(name))
  void ask('a')
  void ask('b')
  await turn()
  expect(disk.asked).toBe(1)
  void ask('c')
  void ask('d')
  await turn()
  expect(disk.asked).toBe(1)
  disk.waiting.shift()?.resolve()
  await turn()
  expect([ended, disk.asked]).toEqual([['a', 'b'], 2])
  disk.waiting.shift()?.resolve()
  await turn()
  expect(ended).toEqual(['a', 'b', 'c', 'd'])
})

test('a sync that fails is told to those who waited for it, and not to the next ones', async () => {
  const shared = new SharedSync('/nowhere')
  const first = shared.sync()
  await turn()
  const second = shared.sync()
  disk.waiting.shift()?.reject(new Error('EIO'))
  await expect(first).rejects.toThrow('EIO')
  await turn()
  disk.waiting.shift()?.resolve()
  await second
})
