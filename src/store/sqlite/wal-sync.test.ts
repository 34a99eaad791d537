import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WalSync } from './wal-sync.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-wal-'))
  await writeFile(join(directory, 'log'), '')
})
afterAll(() => rm(directory, { recursive: true }))

test('all that commit while the disk is waited for share the next wait', async () => {
  const waiting: (() => void)[] = []
  const wal = new WalSync(join(directory, 'log'), () => new Promise((done) => waiting.push(done)))
  const commit = () => {
    wal.committed()
    return wal.synced()
  }
  const order: string[] = []
  const first = commit().then(() => order.push('first'))
  await expect.poll(() => waiting.length).toBe(1)
  const others = Array.from({ length: 50 }, () => commit().then(() => order.push('other')))
  waiting.shift()?.()
  await first
  expect(order).toEqual(['first'])
  await expect.poll(() => waiting.length).toBe(1)
  waiting.shift()?.()
  await Promise.all(others)
  expect(waiting).toEqual([])
  await wal.close()
})

test('nobody waits when there is nothing new', async () => {
  let times = 0
  const wal = new WalSync(join(directory, 'log'), () => Promise.resolve(void times++))
  await wal.synced()
  wal.committed()
  await wal.synced()
  await wal.synced()
  expect(times).toBe(1)
  await wal.close()
})
