/** How often, and by how many hunts at once, a host is asked. */
import { expect, test } from 'vitest'
import { DomainTurns } from './domain-turns.ts'

const SIGNAL = new AbortController().signal
const A = { host: 'a.example', address: '192.0.2.1' }
const B = { host: 'b.example', address: '192.0.2.2' }

test('a host is asked 30 times a minute at most, whatever other hosts are asked', async () => {
  let now = 0
  const turns = new DomainTurns(() => now)
  const ask = (host: string) => turns.visit({ host, address: host }, () => Promise.resolve(), SIGNAL)
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
  const all = Array.from({ length: 6 }, () => turns.visit(A, hang, SIGNAL))
  const other = turns.visit(B, () => Promise.resolve('asked'), SIGNAL)
  expect(await other).toBe('asked')
  expect(begun).toBe(5)
  ends[0]!()
  await all[0]
  await expect.poll(() => begun).toBe(6)
  for (const end of ends) end()
  await Promise.all(all)
})

test('a host is asked no more often because it is named in many ways-regression', async () => {
  const turns = new DomainTurns(() => 0)
  const ask = (host: string, address: string) =>
    turns.visit({ host, address }, () => Promise.resolve(), SIGNAL)
  for (let i = 0; i < 30; i++) await ask(`${i}.a.example`, A.address)
  await expect(ask('new.a.example', A.address)).rejects.toMatchObject({ code: 'OVERLOADED' })
  await ask('new.a.example', B.address)
  for (let i = 1; i < 30; i++) await ask('new.a.example', `2001:db8::${i}`)
  await expect(ask('new.a.example', '2001:db8::99')).rejects.toMatchObject({ code: 'OVERLOADED' })
})
