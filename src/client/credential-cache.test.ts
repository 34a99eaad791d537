import { describe, expect, test } from 'vitest'
import { CredentialCache } from './credential-cache.ts'
import type { Exchange, IssuedToken } from './credential.ts'

const [REPO, PULL, PUSH] = ['https://git.example.test/acme/app', 'repo:pull', 'repo:push']

/** An issuer that answers when it is told to; its tokens are `t1`, `t2`, … */
class Issuer {
  now = 0
  readonly asked: { audience: string; action: string; signal: AbortSignal }[] = []
  readonly #answers: ((answer: Partial<IssuedToken> | Error) => void)[] = []
  readonly clock = { now: () => this.now }
  readonly exchange: Exchange = (audience, action, signal) => {
    this.asked.push({ audience, action, signal })
    const token = `t${this.asked.length}`
    return new Promise((resolve, reject) => {
      this.#answers.push((answer) => {
        if (answer instanceof Error) reject(answer)
        else resolve({ token, expiresInSeconds: 900, ...answer })
      })
    })
  }

  /** The oldest exchange that is still open. */
  answer(answer: Partial<IssuedToken> | Error = {}): void {
    const waiting = this.#answers.shift()
    if (waiting === undefined) throw new Error('nobody has asked')
    waiting(answer)
  }
}

function setUp() {
  const issuer = new Issuer()
  return { issuer, cache: new CredentialCache({ exchange: issuer.exchange, clock: issuer.clock }) }
}

/** Everything that can go on without an answer has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

async function tokenOf(issuer: Issuer, cache: CredentialCache, answer: Partial<IssuedToken> = {}) {
  const token = cache.token(REPO, PULL)
  await settled()
  issuer.answer(answer)
  return token
}

describe('how long a token is kept', () => {
  test.each([
    [900, 840],
    [120, 60],
    [119, 59.5],
    [10, 5],
    [1, 0.5],
  ])('one of %d seconds is handed out for %d seconds', async (ttl, kept) => {
    const { issuer, cache } = setUp()
    expect(await tokenOf(issuer, cache, { expiresInSeconds: ttl })).toBe('t1')
    issuer.now = kept * 1000 - 1
    expect(await cache.token(REPO, PULL)).toBe('t1')
    issuer.now = kept * 1000
    expect(await tokenOf(issuer, cache)).toBe('t2')
  })

  test('its life is counted from the moment at which it was asked for', async () => {
    const { issuer, cache } = setUp()
    const token = cache.token(REPO, PULL)
    await settled()
    issuer.now = 5_000
    issuer.answer({ expiresInSeconds: 10 })
    expect(await token).toBe('t1')
    expect(await tokenOf(issuer, cache)).toBe('t2')
  })

  test.each([0, -1, NaN])('one of %d seconds is handed to those who wait, and not kept', async (ttl) => {
    const { issuer, cache } = setUp()
    const waiting = Promise.all([cache.token(REPO, PULL), cache.token(REPO, PULL)])
    await settled()
    issuer.answer({ expiresInSeconds: ttl })
    expect(await waiting).toEqual(['t1', 't1'])
    expect(await tokenOf(issuer, cache)).toBe('t2')
  })

  test('an error is not kept, and reaches everybody who waits', async () => {
    const { issuer, cache } = setUp()
    const waiting = Promise.allSettled([cache.token(REPO, PULL), cache.token(REPO, PULL)])
    await settled()
    issuer.answer(new Error('the issuer is down'))
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await tokenOf(issuer, cache)).toBe('t2')
  })

  test('an exchange that throws before it waits is an error like any other', async () => {
    const exchange = () => {
      throw new Error('no subject token')
    }
    await expect(new CredentialCache({ exchange }).token(REPO, PULL)).rejects.toThrow('no subject token')
  })
})

describe('callers at the same time', () => {
  test('1,000 who want the same share one exchange', async () => {
    const { issuer, cache } = setUp()
    const waiting = Promise.all(Array.from({ length: 1000 }, () => cache.token(REPO, PULL)))
    await settled()
    issuer.answer()
    expect(new Set(await waiting)).toEqual(new Set(['t1']))
    expect(issuer.asked).toHaveLength(1)
  })

  test('those who want something else are not kept waiting', async () => {
    const { issuer, cache } = setUp()
    const slow = cache.token(REPO, PULL)
    const others = [cache.token(REPO, PUSH), cache.token(`${REPO}-2`, PULL)]
    await settled()
    expect(issuer.asked.map(({ audience, action }) => [audience, action])).toEqual([
      [REPO, PULL],
      [REPO, PUSH],
      [`${REPO}-2`, PULL],
    ])
    for (const _ of [slow, ...others]) issuer.answer()
    expect(await Promise.all([slow, ...others])).toEqual(['t1', 't2', 't3'])
  })

  test('audience and action are not run together', async () => {
    const { issuer, cache } = setUp()
    const both = [cache.token('a', 'b","c'), cache.token('a","b', 'c')]
    await settled()
    expect(issuer.asked).toHaveLength(2)
    for (const _ of both) issuer.answer()
    await Promise.all(both)
  })
})

describe('a caller who gives up', () => {
  test('gets his own reason, and the others their token', async () => {
    const { issuer, cache } = setUp()
    const impatient = new AbortController()
    const [left, stayed] = [cache.token(REPO, PULL, impatient.signal), cache.token(REPO, PULL)]
    await settled()
    impatient.abort(new Error('took too long'))
    await expect(left).rejects.toThrow('took too long')
    expect(issuer.asked[0]?.signal.aborted).toBe(false)
    issuer.answer()
    expect(await stayed).toBe('t1')
  })

  test('ends the exchange when he is the last', async () => {
    const { issuer, cache } = setUp()
    const callers = [new AbortController(), new AbortController()]
    const waiting = Promise.allSettled(callers.map(({ signal }) => cache.token(REPO, PULL, signal)))
    await settled()
    callers[0]?.abort()
    expect(issuer.asked[0]?.signal.aborted).toBe(false)
    callers[1]?.abort()
    expect(issuer.asked[0]?.signal.aborted).toBe(true)
    await waiting
  })

  test('leaves nothing to those who come after him', async () => {
    const { issuer, cache } = setUp()
    const impatient = new AbortController()
    const left = cache.token(REPO, PULL, impatient.signal)
    await settled()
    impatient.abort()
    await expect(left).rejects.toThrow()
    const next = cache.token(REPO, PULL)
    await settled()
    expect(issuer.asked).toHaveLength(2)
    issuer.answer(new Error('aborted'))
    issuer.answer()
    expect(await next).toBe('t2')
    expect(await cache.token(REPO, PULL)).toBe('t2')
  })

  test('before he asks starts nothing', async () => {
    const { issuer, cache } = setUp()
    await expect(cache.token(REPO, PULL, AbortSignal.abort())).rejects.toThrow()
    await settled()
    expect(issuer.asked).toHaveLength(0)
  })
})

describe('invalidate', () => {
  test('makes the next caller ask again', async () => {
    const { issuer, cache } = setUp()
    await tokenOf(issuer, cache)
    await cache.invalidate(REPO, PULL)
    expect(await tokenOf(issuer, cache)).toBe('t2')
  })

  test('leaves other actions and audiences alone', async () => {
    const { issuer, cache } = setUp()
    await tokenOf(issuer, cache)
    await cache.invalidate(REPO, PUSH)
    await cache.invalidate(`${REPO}-2`, PULL)
    expect(await cache.token(REPO, PULL)).toBe('t1')
  })

  test('of an exchange under way: its token goes to those who wait, and to nobody after them', async () => {
    const { issuer, cache } = setUp()
    const before = cache.token(REPO, PULL)
    await settled()
    const invalidated = cache.invalidate(REPO, PULL)
    const after = cache.token(REPO, PULL)
    await settled()
    expect(issuer.asked).toHaveLength(2)
    issuer.answer()
    issuer.answer()
    await invalidated
    expect([await before, await after]).toEqual(['t1', 't2'])
    expect(await cache.token(REPO, PULL)).toBe('t2')
  })

  test('of a token that was refused leaves a newer one', async () => {
    const { issuer, cache } = setUp()
    await tokenOf(issuer, cache)
    await cache.invalidate(REPO, PULL, 't1')
    expect(await tokenOf(issuer, cache)).toBe('t2')
    await cache.invalidate(REPO, PULL, 't1')
    expect(await cache.token(REPO, PULL)).toBe('t2')
  })
})
