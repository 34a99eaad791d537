import { expect, test } from 'vitest'
import { INTERNAL } from '../../kernel/principal.ts'
import { internalToken } from './internal-token.ts'

const SECRET = 'between-the-services-only-0123456789'
const caller = { address: '127.0.0.1' }
const ask = (configured: string | null, secret: string, kind: 'internal' | 'bearer' = 'internal') =>
  internalToken(configured)({ kind, secret }, caller)

test('the configured secret is the internal principal', async () => {
  expect(await ask(SECRET, SECRET)).toBe(INTERNAL)
})

test.each(['', 'x', SECRET.slice(0, -1), `${SECRET}x`, SECRET.toUpperCase(), 'x'.repeat(100_000)])(
  'another secret, of whatever length, is refused in the same way',
  async (secret) => {
    await expect(ask(SECRET, secret)).rejects.toMatchObject({
      code: 'INVALID_CREDENTIAL',
      details: { reason: 'unknown-token' },
    })
  },
)

test.each([null, ''])(
  'without a configured secret (%j) every internal token is refused',
  async (configured) => {
    await expect(ask(configured, '')).rejects.toMatchObject({ code: 'INVALID_CREDENTIAL' })
    await expect(ask(configured, 'anything')).rejects.toMatchObject({ code: 'INVALID_CREDENTIAL' })
  },
)

test('the internal secret as a bearer token is nobody here', async () => {
  expect(await ask(SECRET, SECRET, 'bearer')).toBeNull()
})

test('a guess with the right length and beginning takes as long as any other', async () => {
  const near = `${SECRET.slice(0, -1)}x`
  const far = 'y'
  const times = { near: [] as number[], far: [] as number[] }
  for (let i = 0; i < 4000; i++)
    for (const [name, guess] of [
      ['near', near],
      ['far', far],
    ] as const) {
      const start = process.hrtime.bigint()
      await ask(SECRET, guess).catch(() => null)
      times[name].push(Number(process.hrtime.bigint() - start))
    }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0
  const ratio = median(times.near) / median(times.far)
  expect(ratio).toBeGreaterThan(0.7)
  expect(ratio).toBeLessThan(1.4)
})
