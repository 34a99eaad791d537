/** Ways past the scan of a gate, and of holding others up by it, and what became of them. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { gateWorld, type GateWorld } from '../support/gate.ts'
import { fakeToken } from '../support/scanned.ts'

let g: GateWorld
beforeAll(async () => {
  g = await gateWorld()
})
afterAll(() => g[Symbol.asyncDispose]())

test('what was pushed before a repository was a gate, and deleted, does not wait there to pass unscanned, regression', async () => {
  const { upstream } = await g.gate({ commits: 0 })
  const { url } = await g.world.createRepo('was-hosted')
  const { accountId } = g.world.owner
  const agent = await g.world.actor('agent', { accountId, scope: 'repo:acme/was-hosted:write' })
  await agent.start(url)
  await agent.commit('key.txt', fakeToken())
  await agent.ok('push', '-q', 'origin', 'main')
  await agent.ok('push', '-q', 'origin', ':main')
  const remote = g.https.remote(upstream.path)
  const declared = await g.world.owner.fetch(`${g.world.url}/repos/acme/was-hosted/upstream`, {
    method: 'PUT',
    body: JSON.stringify({
      url: remote.url.href,
      ca: remote.ca,
      key: { provider: 'token', username: remote.username, token: remote.password },
    }),
  })
  expect([declared.status, await declared.text()]).toEqual([409, expect.stringContaining('a new, empty one')])
})

test('a secret is no name of a ref and no push option either, regression', async () => {
  const gate = await g.gate()
  await gate.agent.ok('clone', '-q', gate.url, '.')
  const secret = fakeToken()
  const before = await gate.upstream.refs()
  const named = await gate.agent.git('push', 'origin', `HEAD:refs/heads/fix/${secret}`)
  expect(named.output).toContain('gitlab-token: (ref name): glpat-… (')
  const optional = await gate.agent.git('push', '-o', `token=${secret}`, 'origin', 'HEAD:refs/heads/fix')
  expect(optional.output).toContain('gitlab-token: (push option): glpat-… (')
  expect(await gate.upstream.refs()).toEqual(before)
  await gate.agent.ok('push', 'origin', 'HEAD:refs/heads/fix/token')
})

test('the title of a pull request that holds a secret keeps no merge of another one waiting, regression', async () => {
  const gate = await g.gate()
  const ask = async (method: string, path: string, body?: object) => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) }
    const answer = await g.world.owner.fetch(g.world.url + gate.at + path, init)
    return (await answer.json()) as { number: number; status: string }
  }
  await ask('PUT', '/scan', { enabled: true, approvalWaitMs: 60_000 })
  await gate.agent.ok('clone', '-q', gate.url, '.')
  for (const [n, title] of [`with ${fakeToken()}`, 'harmless'].entries()) {
    await gate.agent.commit(`file-of-${n}`, '1\n')
    await gate.agent.ok('push', '-q', 'origin', `HEAD:refs/heads/topic-${n}`)
    const { number } = await ask('POST', '/pulls', {
      sourceBranch: `topic-${n}`,
      targetBranch: 'main',
      title,
    })
    await ask('GET', `/pulls/${number}/mergeability`)
  }
  await vi.waitUntil(async () => (await gate.refs()).some((ref) => ref.startsWith('refs/pull/2/merge ')), {
    timeout: 15_000,
  })
  expect((await gate.refs()).some((ref) => ref.startsWith('refs/pull/1/merge '))).toBe(false)
}, 30_000)
