/** What callers and logs get to see of a failure, whatever the server puts into it. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { exchangeWith } from './exchange-with.ts'
import { errorOf } from './error-of.ts'
import { SluiceClient } from './sluice-client.ts'

const SECRET = 'a"secret/of+ours'

function refusal(message: string): Response {
  const body = JSON.stringify({ error: { code: 'NO', message, details: { hint: message } } })
  return new Response(body.replaceAll('/', '\\/'), { status: 400 })
}

test('a secret that a server repeats is not in the error, however JSON writes it-regression', async () => {
  const error = await errorOf(refusal(`what is ${SECRET}?`), [SECRET])
  expect(error).toMatchObject({ message: 'what is [token]?', details: { hint: 'what is [token]?' } })
})

test('nor is one that stood in a form, the actor token among them-regression', async () => {
  const fetch = async (_url: unknown, init?: RequestInit) =>
    refusal([...new URLSearchParams(init?.body as URLSearchParams).values()].join(' '))
  const exchange = exchangeWith({
    server: 'https://git.example.test',
    subjectToken: () => SECRET,
    actorToken: () => 'the-secret-of-the-actor',
    fetch,
  })
  const exchanged = await exchange('', '', new AbortController().signal).catch(String)
  const client = new SluiceClient({ baseUrl: 'https://git.example.test', fetch })
  const body = { grant_type: 'refresh_token', refresh_token: SECRET, client_id: 'somebody' }
  const renewed: unknown = await client.oauth.token({ body }).catch((err: unknown) => err)
  expect(exchanged).toContain('[token]')
  expect(inspect(renewed)).toContain('[token]')
  expect(exchanged + inspect(renewed)).not.toMatch(/secret\/of|of-the-actor/)
})

test('a failure that has no end is given up-regression', async () => {
  let isCancelled = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)),
    cancel: () => {
      isCancelled = true
    },
  })
  const error = await errorOf(new Response(endless, { status: 502 }), [])
  expect([error.code, error.status, isCancelled]).toEqual(['MALFORMED_ANSWER', 502, true])
})

test('a message that is no text is none', async () => {
  const body = JSON.stringify({ error: { code: 'ODD', message: { toString: 1 } } })
  expect(await errorOf(new Response(body, { status: 400 }), [])).toMatchObject({
    code: 'ODD',
    message: 'ODD',
  })
})
