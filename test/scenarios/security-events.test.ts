/** What attackers and those who had a role once try with the log of events: streams, webhooks, mirrors and audits. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeHook } from '../support/hooks.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let receiver: Receiver
beforeAll(async () => {
  receiver = await openReceiver()
  w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.0/8' })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

test('a webhook of an organisation is not told how a repository is called that has left it-regression', async () => {
  const stage = new Stage(w)
  const { id } = await stage.create('owner', { name: 'leaving' })
  const hook = await makeHook(stage, `/orgs/${stage.org}/hooks`, { url: receiver.url })
  const at = `/repos/by-id/${id}`
  await stage.ask('owner', 'PATCH', at, { description: 'one' })
  const named = { id, org: stage.org, name: 'leaving' }
  expect(JSON.parse((await receiver.next()).body).data.repository).toEqual(named)

  await stage.ask('owner', 'POST', `${at}/transfer`, { orgId: `new-${stage.org}` })
  const renamed = await stage.ask('owner', 'PATCH', at, { name: 'secret-project' })
  expect(renamed.json.slug).toBe('secret-project')
  const [{ id: delivery }] = (await stage.ask('owner', 'GET', `${hook.at}/deliveries`)).json
  const shown = await stage.ask('owner', 'GET', `${hook.at}/deliveries/${delivery}`)
  expect(shown.json.payload.data).toMatchObject({ repoId: id, repository: null })
  await stage.ask('owner', 'POST', `${hook.at}/deliveries/${delivery}/redeliver`)
  expect(JSON.parse((await receiver.next()).body).data).toMatchObject({ repoId: id, repository: null })
})

test('who owns an organisation no more gets no answer of its webhooks again, by no key-regression', async () => {
  const stage = new Stage(w)
  await stage.create('founder', { name: 'r' })
  const owner = `/orgs/${stage.org}/members/${stage.accountOf('owner')}`
  await stage.ask('founder', 'PUT', owner, { role: 'owner' })
  const hook = await makeHook(stage, `/orgs/${stage.org}/hooks`, { url: receiver.url })
  const ping = async () =>
    (await stage.ask('owner', 'POST', `${hook.at}/ping`, undefined, { 'idempotency-key': 'once' })).status
  expect([await ping(), await ping()]).toEqual([202, 202])
  await stage.ask('founder', 'DELETE', owner)
  expect(await ping()).toBe(404)
})
