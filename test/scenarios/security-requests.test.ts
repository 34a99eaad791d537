/** Requests that told, or cost, more than they should. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { commandBody, openRaw } from '../support/raw-git.ts'
import { exchanged } from '../support/token-endpoint.ts'
import { world } from '../support/world.ts'

/** Bytes that no socket on the way swallows unread. */
const MORE_THAN_BUFFERS = 24 * 1024 * 1024

test('the pages of a list tell a narrowed token nothing of what it does not reach (list-cursor-regression)', async () => {
  await using w = await world()
  const visible = await w.createRepo('zoo')
  const hidden = await w.createRepo('hidden')
  const scopes = [`repo:acme/zoo:read`, 'repo:acme/absent:read', 'surface:absent:read']
  const agent = await w.actor('agent', { accountId: w.owner.accountId, scope: scopes.join(' ') })
  const page = await agent.fetch(`${w.url}/repos?limit=1`)
  expect(await page.json()).toMatchObject([{ id: visible.id }])
  expect([page.headers.get('x-next-cursor'), page.headers.get('link')]).toEqual([null, null])
  const whole = await w.owner.fetch(`${w.url}/repos?limit=1`)
  expect(await whole.json()).toMatchObject([{ id: hidden.id }])
  expect(whole.headers.get('x-next-cursor')).not.toBeNull()
})

test('nor do they tell a token what only the one reaches that it was minted from, or only it (list-layers-regression)', async () => {
  await using w = await world()
  const visible = await w.createRepo('zoo')
  await w.createRepo('hidden')
  const parent = await w.actor('agent', { accountId: w.owner.accountId, scope: 'repo:acme/zoo:read' })
  const details = JSON.stringify([
    { type: 'git_repository', identifier: 'acme/zoo', actions: ['read'] },
    { type: 'git_repository', identifier: 'acme/hidden', actions: ['read'] },
  ])
  const wider = await w.actor('agent', {
    accountId: w.owner.accountId,
    authorizationDetails: JSON.parse(details),
  })
  const tokens = [
    await exchanged(w, wider.token ?? '', { scope: 'repo:acme/zoo:read' }),
    (await mintedWithin(w.url, parent.token ?? '', JSON.parse(details))).token,
  ]
  for (const token of tokens) {
    const page = await fetch(`${w.url}/repos?limit=1`, { headers: { authorization: `Bearer ${token}` } })
    expect(await page.json()).toMatchObject([{ id: visible.id }])
    expect([page.headers.get('x-next-cursor'), page.headers.get('link')]).toEqual([null, null])
  }
})

/** A long-lived token says what its maker likes; what he may himself is a layer of it. */
async function mintedWithin(url: string, bearer: string, authorizationDetails: object) {
  const answer = await fetch(`${url}/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'wider than its maker', authorizationDetails }),
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as { token: string }
}

test('an Idempotency-Key gives a narrower token of the account nothing back (idempotency-reach-regression)', async () => {
  await using w = await world()
  const body = JSON.stringify({ orgId: 'acme', name: 'made' })
  const request = { method: 'POST', body, headers: { 'idempotency-key': 'one' } }
  expect((await w.owner.fetch(`${w.url}/repos`, request)).status).toBe(201)
  expect((await w.owner.fetch(`${w.url}/repos`, request)).status).toBe(201)
  expect((await w.agent.fetch(`${w.url}/repos`, request)).status).toBe(403)
})

test('guessing at credentials is counted (guessing-regression)', async () => {
  await using w = await world({ settings: { SLUICE_RATE_READS_PER_MINUTE: '3' } })
  const guess = async () => {
    const answer = await fetch(`${w.url}/repos`, { headers: { 'x-internal-token': 'a guess' } })
    return answer.status
  }
  const statuses = [await guess(), await guess(), await guess(), await guess()]
  expect(statuses).toEqual([401, 401, 401, 429])
  expect((await w.owner.fetch(`${w.url}/repos`)).status).toBe(200)
})

test('a stranger who does not read what he fetches holds no place of other strangers (slow-stranger-regression)', async () => {
  await using w = await world({
    visibility: 'public',
    settings: { SLUICE_GIT_PROCESSES: '4', SLUICE_TRUST_PROXY: '127.0.0.1' },
  })
  await w.owner.start(w.repo.url)
  const head = await w.owner.commit('big.bin', randomBytes(MORE_THAN_BUFFERS))
  await w.owner.ok('push', '-q', 'origin', 'main')
  const fetchFrom = async (address: string) => {
    const request = openRaw(w.nobody, `${w.repo.url}/git-upload-pack`, {
      headers: { 'git-protocol': 'version=2', 'x-forwarded-for': address },
    })
    request.end(commandBody('fetch', [`want ${head}`, 'done']))
    await once(request, 'response')
    return request
  }
  const slow = [await fetchFrom('198.51.100.1'), await fetchFrom('198.51.100.1')]
  const other = await fetchFrom('198.51.100.2')
  for (const request of [...slow, other]) request.destroy()
})
