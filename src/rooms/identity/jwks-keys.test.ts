import { exportJWK, generateKeyPair, type CompactJWSHeaderParameters, type JSONWebKeySet } from 'jose'
import { expect, test } from 'vitest'
import { JwksKeys } from './jwks-keys.ts'

async function keySet(...kids: string[]): Promise<JSONWebKeySet> {
  const { publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return { keys: kids.map((kid) => ({ ...jwk, kid, alg: 'ES256' })) }
}

/** An issuer whose answers, and times, the test decides. */
function issuer(first: JSONWebKeySet | Error) {
  const errors: unknown[] = []
  const clock = { at: 0, now: () => clock.at }
  const state = { answer: first, fetches: 0, clock, errors, held: null as Promise<void> | null }
  const keys = new JwksKeys({
    fetch: async () => {
      state.fetches++
      const answer = state.answer
      await state.held
      if (answer instanceof Error) throw answer
      return answer
    },
    clock,
    onFetchError: (err) => errors.push(err),
  })
  const find = async (kid: string) => {
    const header: CompactJWSHeaderParameters = { alg: 'ES256', kid }
    return keys.resolve(header, { payload: '', signature: '' })
  }
  return { state, clock, find }
}

test('many callers at once cause one fetch', async () => {
  const { state, find } = issuer(await keySet('a'))
  await Promise.all(Array.from({ length: 50 }, () => find('a')))
  expect(state.fetches).toBe(1)
})

test('a key of a rotation is found by one more fetch, for all who ask meanwhile', async () => {
  const { state, find } = issuer(await keySet('a'))
  await find('a')
  state.answer = await keySet('a', 'b')
  await Promise.all(Array.from({ length: 50 }, () => find('b')))
  expect(state.fetches).toBe(2)
})

test('made-up key names cause at most one fetch in 30 s', async () => {
  const { state, clock, find } = issuer(await keySet('a'))
  await find('a')
  for (let i = 0; i < 100; i++) await expect(find(`made-up-${i}`)).rejects.toThrow('no applicable key')
  expect(state.fetches).toBe(2)
  clock.at += 30_000
  await expect(find('made-up')).rejects.toThrow('no applicable key')
  expect(state.fetches).toBe(3)
})

test('keys that have aged serve at once and are fetched anew behind that', async () => {
  const { state, clock, find } = issuer(await keySet('a'))
  await find('a')
  clock.at += 5 * 60_000
  let arrive = () => {}
  state.held = new Promise((resolve) => (arrive = resolve))
  await find('a')
  expect(state.fetches).toBe(2)
  arrive()
})

test('while the issuer is down its last keys go on serving, and it is asked at most every 30 s', async () => {
  const { state, clock, find } = issuer(await keySet('a'))
  await find('a')
  state.answer = new Error('down')
  clock.at += 24 * 3600_000
  for (let i = 0; i < 10; i++) await find('a')
  expect(state.fetches).toBe(2)
  expect(state.errors).toHaveLength(1)
  clock.at += 30_000
  await find('a')
  expect(state.fetches).toBe(3)
})

test('without any keys yet, callers are told to try again, and the issuer is asked once a second', async () => {
  const { state, clock, find } = issuer(new Error('down'))
  for (let i = 0; i < 10; i++) await expect(find('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(state.fetches).toBe(1)
  state.answer = await keySet('a')
  clock.at += 1_000
  await find('a')
  expect(state.fetches).toBe(2)
})

test('a key that an answer no longer holds is gone', async () => {
  const { state, clock, find } = issuer(await keySet('a'))
  await find('a')
  state.answer = await keySet('b')
  clock.at += 5 * 60_000
  await find('a')
  await expect.poll(() => find('a').catch((err: Error) => err.message)).toMatch('no applicable key')
})
