/** How often, and by how many hunts at once, a host is asked. */
import { expect, test } from 'vitest'
import { DomainTurns } from './domain-turns.ts'

const SIGNAL = new AbortController().signal

test('a host is asked 30 times a minute at most, whatever other hosts are asked', async () => {
  let now = 0
  const turns = new DomainTurns(() => now)
  const ask = (host: string) => turns.visit(host, () => Promise.resolve(), SIGNAL)
  for (let i = 0; i < 30; i++) await ask('a.example')
  await expect(ask('a.example')).rejects.toMatchObject({ code: 'OVERLOADED' })
  await ask('b.example')
  now = 60_001
  await ask('a.example')
})

test('five hunts ask a host at once, and the next one begins when one has ended', async () => {
  const turns = new DomainTurns(() => 0)
  const ends: (() => void)[] = []
  let begun = 0
  const hang = () => {
    begun++
    return new Promise<void>((resolve) => ends.push(resolve))
  }
  const all = Array.from({ length: 6 }, () => turns.visit('a.example', hang, SIGNAL))
  const other = turns.visit('b.example', () => Promise.resolve('asked'), SIGNAL)
  expect(await other).toBe('asked')
  expect(begun).toBe(5)
  ends[0]!()
  await all[0]
  await expect.poll(() => begun).toBe(6)
  for (const end of ends) end()
  await Promise.all(all)
})
