import { timingSafeEqual } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { INTERNAL } from '../../kernel/principal.ts'
import { internalToken } from './internal-token.ts'

vi.mock('node:crypto', async (original) => {
  const real = await original<{ timingSafeEqual: typeof timingSafeEqual }>()
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) }
})

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

test('whatever is guessed, two digests of one length are compared in constant time, once', async () => {
  for (const guess of [SECRET, `${SECRET.slice(0, -1)}x`, 'y', 'x'.repeat(100_000)]) {
    vi.mocked(timingSafeEqual).mockClear()
    await ask(SECRET, guess).catch(() => null)
    const calls = vi.mocked(timingSafeEqual).mock.calls
    expect(calls.map((digests) => digests.map(({ byteLength }) => byteLength))).toEqual([[32, 32]])
  }
})
