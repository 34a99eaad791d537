import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ForgeKeys } from './forge-keys.ts'

/** A forge that names every key so. */
async function openForge(id: unknown) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const [status, body] = request.method === 'POST' ? [201, { id, title: 'ours' }] : [200, []]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const keys = new ForgeKeys(
    { guard: { check: () => Promise.resolve({ address: '127.0.0.1', family: 4 }) } },
    {
      provider: 'gitea',
      apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ca: null,
      remotePath: 'acme/widgets',
      token: 'any',
    },
  )
  return { asked, keys, [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')) }
}

test.each(['..', '.', '../../widgets', 'a b', '', -1, null])(
  'a key of which the id is %j is not removed by that id (forge-id-regression)',
  async (id) => {
    await using forge = await openForge(id)
    expect((await forge.keys.register('ours', 'ssh-ed25519 AAAA')).kind).toBe('unknown')
  },
)

test.each([7, '7', 'f3b1'])('a key is removed by the id %j that it was given', async (id) => {
  await using forge = await openForge(id)
  const registered = await forge.keys.register('ours', 'ssh-ed25519 AAAA')
  expect(registered).toEqual({ kind: 'registered', id: String(id) })
  await forge.keys.remove({ id: String(id), title: 'ours' })
  expect(forge.asked.at(-1)).toBe(`DELETE /repos/acme/widgets/keys/${id}`)
})
