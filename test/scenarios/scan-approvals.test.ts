/** gate.md, section 3: what looks like a secret and is none passes once an owner has said so, and not for ever. */
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restWorld } from '../support/rest.ts'
import { fakeToken, RULE, scanned, type Scanned } from '../support/scanned.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function refused(settings: object = {}) {
  const r = await scanned(w)
  await r.set(settings)
  const secret = fakeToken()
  await r.owner.commit('key', secret)
  const run = await r.push()
  const [fingerprint = ''] = r.fingerprintsIn(run)
  const decide = (fields: object) =>
    r.server.ask('owner', 'POST', `${r.at}/approvals`, { fingerprint, reason: 'a made-up key', ...fields })
  return { r, secret, run, fingerprint, decide }
}

const typesOf = async ({ id }: Scanned) => {
  const events = await w.events()
  return events.filter((e) => e.repoId === id && e.type.startsWith('approval.')).map(({ type }) => type)
}

test('an approved finding passes when it is pushed again; asked for once, decided once', async () => {
  const { r, decide, run } = await refused()
  expect(run.output).toContain(`sluice gate approve ${r.server.org}/r`)
  await r.push()
  expect((await decide({})).json).toMatchObject({ state: 'approved', rule: RULE, path: 'key', line: 1 })
  expect((await r.push()).code).toBe(0)
  expect(await typesOf(r)).toEqual(['approval.requested', 'approval.decided'])
})

test('the approval is of a rule, a path and a secret: in another file, and another secret there, are asked for', async () => {
  const { r, secret, decide } = await refused()
  await decide({})
  await r.owner.commit('elsewhere', secret)
  expect((await r.push()).output).toContain(`${RULE}: elsewhere:1`)
  await r.owner.ok('reset', '-q', '--hard', 'HEAD~1')
  await r.owner.commit('key', fakeToken())
  expect((await r.push()).output).toContain(`${RULE}: key:1`)
})

test('a finding that is rebased keeps its fingerprint, so that its approval holds', async () => {
  const { r, decide } = await refused()
  await decide({})
  await r.owner.ok('commit', '-q', '--amend', '-m', 'another message')
  expect((await r.push()).code).toBe(0)
})

test('a fingerprint may be approved before it was pushed here, as by the one of a fork', async () => {
  const { fingerprint, secret } = await refused()
  const other = await scanned(w)
  const body = { fingerprint, reason: 'known from the other one' }
  const granted = await other.server.ask('owner', 'POST', `${other.at}/approvals`, body)
  expect([granted.status, granted.json.rule]).toEqual([201, null])
  await other.owner.commit('key', secret)
  expect((await other.push()).code).toBe(0)
})

test('a denied finding is refused with the reason, and asked for no more', async () => {
  const { r, decide } = await refused()
  await decide({ state: 'denied', reason: 'it is a real one' })
  expect((await r.push()).output).toContain('denied: it is a real one')
  expect(await typesOf(r)).toEqual(['approval.requested', 'approval.decided'])
})

test('an approval that has expired is none, and is asked for anew', async () => {
  const { r, decide } = await refused()
  await decide({ expiresAt: new Date(Date.now() + 1_500).toISOString() })
  const isOver = async () => (await r.server.ask('owner', 'GET', `${r.at}/approvals`)).json[0].state
  await expect.poll(isOver, { timeout: 5_000 }).toBe('expired')
  expect((await r.push()).output).toContain('its approval has expired and is asked for again')
  expect(await typesOf(r)).toEqual(['approval.requested', 'approval.decided', 'approval.requested'])
})

test('one that was removed is asked for anew', async () => {
  const { r, decide } = await refused()
  const { id } = (await decide({})).json
  expect((await r.server.ask('owner', 'DELETE', `${r.at}/approvals/${id}`)).status).toBe(204)
  expect((await r.push()).output).toContain('secret found')
})

/** A push that goes on while the test does something else. */
function pushing(r: Scanned) {
  const header = `http.extraHeader=Authorization: Bearer ${r.owner.token}`
  const env = { PATH: process.env['PATH'] ?? '', HOME: r.owner.dir, GIT_TERMINAL_PROMPT: '0' }
  const child = spawn('git', ['-c', header, 'push', '--progress', 'origin', 'main'], {
    cwd: r.owner.dir,
    env,
  })
  let output = ''
  const heard = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const look of heard) look()
    })
  const says = (words: string) =>
    new Promise<void>((resolve) => {
      const look = () => output.includes(words) && resolve()
      heard.add(look)
      look()
    })
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  )
  return { says, ended }
}

test('a pusher who waits goes on as soon as somebody approves', async () => {
  const { r, decide } = await refused({ approvalWaitMs: 0 })
  await r.set({ approvalWaitMs: 60_000 })
  const run = pushing(r)
  await run.says('waiting for approval of 1')
  await decide({})
  expect(await run.ended).toMatchObject({ code: 0 })
})

test('a pusher who waits is refused as soon as somebody denies, and when the time is over', async () => {
  const { r, decide } = await refused()
  await r.set({ approvalWaitMs: 60_000 })
  const run = pushing(r)
  await run.says('waiting for approval of 1')
  await decide({ state: 'denied', reason: 'revoke it' })
  expect((await run.ended).output).toContain('denied: revoke it')

  const other = await refused({ approvalWaitMs: 300 })
  expect(other.run.output).toContain('secret found')
})

test('a decision of another server is found by asking', async () => {
  const { r } = await refused()
  const { id } = (await r.server.ask('owner', 'GET', `${r.at}/approvals`)).json[0]
  await r.set({ approvalWaitMs: 60_000 })
  const run = pushing(r)
  await run.says('waiting for approval of 1')
  await using database = await w.openDatabase()
  await database.kysely
    .updateTable('approvals')
    .set({ state: 'approved', reason: 'r', expires_at: Date.now() + 60_000 })
    .where('id', '=', id)
    .execute()
  expect(await run.ended).toMatchObject({ code: 0 })
})

test('what an agent may push it may not approve', async () => {
  const { r, fingerprint } = await refused()
  r.server.narrow('agent', 'owner', `repo:${r.server.org}/r:write`)
  const body = { fingerprint, reason: 'I say so' }
  expect((await r.server.ask('agent', 'POST', `${r.at}/approvals`, body)).status).toBe(403)
  expect((await r.server.ask('agent', 'GET', `${r.at}/approvals`)).json.length).toBe(1)
  expect((await r.push()).output).toContain('secret found')
})
