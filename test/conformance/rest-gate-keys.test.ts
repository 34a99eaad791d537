/** gate.md, section 4: keys of gates by REST. What becomes of them at forges: scenarios/gate-keys. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** A gate with a token that was given. */
async function gate() {
  const stage = new Stage(w)
  const { id } = await stage.create('owner', { name: 'r' })
  await stage.giveRole(id, 'writer', 'writer')
  const at = `/repos/${stage.org}/r/upstream`
  const body = { url: 'https://8.8.8.8/acme/widgets.git', key: { provider: 'token', token: 'not-shown' } }
  expect((await stage.ask('owner', 'PUT', at, body)).status).toBe(201)
  return { stage, id, at, ask: (who: string, verb: string) => stage.ask(who, 'POST', `${at}/key/${verb}`) }
}

test('POST /repos/{org}/{repo}/upstream/key/rotate of a key that was given: 422, and nothing has changed', async () => {
  const { ask, stage, id } = await gate()
  const { status, json } = await ask('owner', 'rotate')
  expect([status, json.error.details.reason]).toEqual([422, expect.stringContaining('given')])
  expect((await stage.lastEvent(id))?.type).toBe('upstream.set')
})

test('POST /repos/{org}/{repo}/upstream/key/revoke ends the access once, and a key has to be given anew', async () => {
  const { ask, stage, id, at } = await gate()
  const revoked = await ask('owner', 'revoke')
  expect([revoked.status, revoked.json]).toEqual([
    200,
    { provider: 'token', keyFingerprint: null, endingKeys: [] },
  ])
  expect(await stage.lastEvent(id)).toMatchObject({
    type: 'upstream.key_revoked',
    actorId: stage.accountOf('owner'),
    data: { provider: 'token', reason: 'asked' },
  })
  const events = (await w.events()).length
  expect((await ask('owner', 'revoke')).status).toBe(200)
  expect((await w.events()).length, 'nothing more to tell').toBe(events)
  const read = await stage.ask('owner', 'GET', `/repos/${stage.org}/r/branches`)
  expect([read.status, read.json.error.details.reason]).toEqual([503, expect.stringContaining('revoked')])
  const kept = await stage.ask('owner', 'PUT', at, { url: 'https://8.8.8.8/acme/widgets.git' })
  expect([kept.status, kept.text]).toEqual([422, expect.stringContaining('revoked')])
})

test.each(['rotate', 'revoke'])(
  'who is no owner may not %s: 403, or 404 where he sees nothing',
  async (verb) => {
    const { ask, stage } = await gate()
    expect((await ask('writer', verb)).status).toBe(403)
    expect((await ask('stranger', verb)).status).toBe(404)
    await stage.create('owner', { name: 'ordinary' })
    const { status } = await stage.ask('owner', 'POST', `/repos/${stage.org}/ordinary/upstream/key/${verb}`)
    expect(status).toBe(404)
  },
)
