import { expect, test } from 'vitest'
import { progressBar } from './progress-bar.ts'
import { sizeText } from './size-text.ts'

const MIB = 1024 * 1024

test('a bar says how far, how fast and how long still', () => {
  expect(progressBar({ done: 27 * MIB, total: 100 * MIB, elapsedMs: 500 })).toBe(
    '██████▌                 │  27 %  27.0 MiB of 100 MiB  54.0 MiB/s',
  )
  expect(progressBar({ done: 50 * MIB, total: 100 * MIB, elapsedMs: 10_000 })).toBe(
    '████████████            │  50 %  50.0 MiB of 100 MiB  5.00 MiB/s  10 s left',
  )
})

test('a bar stays within its bounds: nothing to do, nothing done, more than was counted', () => {
  expect(progressBar({ done: 0, total: 0, elapsedMs: 0 })).toContain(' 100 %')
  expect(progressBar({ done: 0, total: 5, elapsedMs: 9_000 })).toMatch(
    /^ {24}│ {3}0 % {2}0 B of 5 B {2}0 B\/s$/,
  )
  expect(progressBar({ done: 10, total: 5, elapsedMs: 5_000 })).toMatch(/^█{24}│ 100 % .* 0 s left$/)
})

test('sizes have three figures', () => {
  const cases = { 0: '0 B', 999: '999 B', 1000: '0.977 KiB', 1_300_000_000: '1.21 GiB' }
  for (const [bytes, shown] of Object.entries(cases)) expect(sizeText(Number(bytes))).toBe(shown)
})
