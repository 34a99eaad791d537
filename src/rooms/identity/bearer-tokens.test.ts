import { expect, test } from 'vitest'
import type { Principal } from '../../kernel/principal.ts'
import { BearerTokens } from './bearer-tokens.ts'
import { CredentialChanges } from './credential-changes.ts'
import type { Verified } from './token-verifier.ts'

const caller = { address: '127.0.0.1' }
const bearer = (secret: string) => ({ kind: 'bearer', secret }) as const
const agent: Principal = {
  kind: 'agent',
  accountId: '01890a5d-ac96-774b-bcce-b302099a8057',
  displayName: 'agent',
  email: null,
  grants: { admin: false, repositories: [] },
}

/** Tokens whose one verifier counts how often it is asked; `answer` may hold it up. */
async function counted(answer: (token: string) => Promise<Verified | null>) {
  const clock = { at: 1_000, now: () => clock.at }
  const asked: string[] = []
  const none = { position: () => Promise.resolve(0), since: () => Promise.resolve({ ids: [], position: 0 }) }
  const tokens = new BearerTokens(
    [
      (token) => {
        asked.push(token)
        return answer(token)
      },
    ],
    await CredentialChanges.open(none, clock),
    clock,
  )
  return { clock, asked, tokens }
}

const good = (hangsOn = ['t1']) => Promise.resolve({ principal: agent, goodUntilMs: 2_000, hangsOn })

test('a token is verified once until its answer ends, and again after', async () => {
  const { clock, asked, tokens } = await counted(() => good())
  await tokens.verify(bearer('a'), caller)
  expect(await tokens.verify(bearer('a'), caller)).toBe(agent)
  expect(asked).toEqual(['a'])
  clock.at = 2_000
  await tokens.verify(bearer('a'), caller)
  expect(asked).toEqual(['a', 'a'])
})

test('a credential that comes as the same object again is known at once, until its token is forgotten', async () => {
  const { clock, asked, tokens } = await counted(() => good())
  const said = bearer('a')
  expect(tokens.remembered(said)).toBeNull()
  await tokens.verify(said, caller)
  expect(tokens.remembered(said)).toBe(agent)
  expect(tokens.remembered(bearer('a'))).toBeNull()
  tokens.forget(['t1'])
  expect(tokens.remembered(said)).toBeNull()
  await tokens.verify(said, caller)
  clock.at = 2_000
  expect(tokens.remembered(said)).toBeNull()
  expect(asked).toHaveLength(2)
})

test('nothing is known at once when the list of changes has not been read for 80 ms', async () => {
  const { clock, tokens } = await counted(() => good())
  const said = bearer('a')
  await tokens.verify(said, caller)
  clock.at += 79
  expect(tokens.remembered(said)).toBe(agent)
  clock.at += 1
  expect(tokens.remembered(said)).toBeNull()
})

test('a refusal is not remembered', async () => {
  const { asked, tokens } = await counted(() => Promise.resolve(null))
  await expect(tokens.verify(bearer('a'), caller)).rejects.toMatchObject({ code: 'INVALID_CREDENTIAL' })
  await expect(tokens.verify(bearer('a'), caller)).rejects.toMatchObject({ code: 'INVALID_CREDENTIAL' })
  expect(asked).toHaveLength(2)
})

test.each(['t1', 'parent'])('after %s is forgotten, the next request asks again', async (id) => {
  const { asked, tokens } = await counted(() => good(['t1', 'parent']))
  await tokens.verify(bearer('a'), caller)
  tokens.forget(['another'])
  await tokens.verify(bearer('a'), caller)
  expect(asked).toHaveLength(1)
  tokens.forget([id])
  await tokens.verify(bearer('a'), caller)
  expect(asked).toHaveLength(2)
})

test('an answer that was on its way while its token was forgotten is not remembered', async () => {
  let arrive = (_: Verified) => {}
  const { asked, tokens } = await counted(() => new Promise((resolve) => (arrive = resolve)))
  const early = tokens.verify(bearer('a'), caller)
  tokens.forget(['t1'])
  arrive(await good())
  await early
  const late = tokens.verify(bearer('a'), caller)
  arrive(await good())
  await late
  expect(asked).toHaveLength(2)
})

test('a token over 8 KiB is refused before any verifier sees it', async () => {
  const { asked, tokens } = await counted(() => good())
  await tokens.verify(bearer('x'.repeat(8192)), caller)
  await expect(tokens.verify(bearer('x'.repeat(8193)), caller)).rejects.toMatchObject({
    details: { reason: 'too-large' },
  })
  await expect(tokens.verify(bearer('é'.repeat(4097)), caller)).rejects.toMatchObject({
    details: { reason: 'too-large' },
  })
  expect(asked).toHaveLength(1)
})

test('credentials that are no bearer tokens are left to others', async () => {
  const { tokens } = await counted(() => good())
  expect(await tokens.verify({ kind: 'nostr', secret: 'a' }, caller)).toBeNull()
})
