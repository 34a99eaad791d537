/** That a refusal is seen by whoever pushes, in every way of pushing, and costs the server nothing. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { openRaw, pushBody, raw, readBands, readLines, REPORTING } from '../support/raw-git.ts'
import { pathsBelow } from '../support/paths-below.ts'
import { world, type World } from '../support/world.ts'

/** May write to branches below `refs/heads/agent/` only. */
async function narrowAgent(w: World): Promise<Actor> {
  const grant = {
    type: 'git_repository',
    identifier: 'acme/app',
    actions: ['write'],
    refs: ['refs/heads/agent/*'],
  }
  const agent = await w.actor('narrow', { accountId: w.owner.accountId, authorizationDetails: [grant] })
  await agent.start(w.repo.url)
  return agent
}

/** Every file that holds an object, or may become one. */
async function storedIn(w: World): Promise<string[]> {
  const files = await Promise.all(
    ['objects', '../../.incoming'].map((name) => pathsBelow(join(w.repo.path, name))),
  )
  return files.flat().filter((name) => /[0-9a-f]{38}|pack-|tmp_/.test(name))
}

test('stock git shows the reason beside the ref and the hint as remote lines', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  await agent.commit('a.txt', 'hello\n')
  const pushed = await agent.git('push', 'origin', 'main')
  expect(pushed.output).toContain('! [remote rejected] main -> main (token does not allow this)')
  expect(pushed.output).toContain('remote: refs/heads/main: use a token that may write to this ref')
  expect(pushed.output).not.toContain('Everything up-to-date')
  expect(pushed.code).toBe(1)
})

test('git push --porcelain shows the reason as well', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  await agent.commit('a.txt', 'hello\n')
  const pushed = await agent.git('push', '--porcelain', 'origin', 'main')
  expect(pushed.stdout).toContain(
    '!\trefs/heads/main:refs/heads/main\t[remote rejected] (token does not allow this)',
  )
})

test('a client without side-band reads a plain report', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  const head = await agent.commit('a.txt', 'hello\n')
  const updates = [
    { ref: 'refs/heads/main', new: head },
    { ref: 'refs/heads/agent/1', new: head },
  ]
  const body = pushBody({ updates, capabilities: 'report-status', pack: await agent.pack(head) })
  const answer = await raw(agent, `${w.repo.url}/git-receive-pack`, { body })
  expect(readLines(answer.body)).toEqual([
    'unpack ok',
    'ng refs/heads/main token does not allow this',
    'ok refs/heads/agent/1',
  ])
})

test('a client that reads no report at all gets an ERR packet', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  const head = await agent.commit('a.txt', 'hello\n')
  const updates = [{ ref: 'refs/heads/main', new: head }]
  const body = pushBody({ updates, capabilities: 'agent=old/1', pack: await agent.pack(head) })
  const answer = await raw(agent, `${w.repo.url}/git-receive-pack`, { body })
  expect(readLines(answer.body)).toEqual(['ERR refs/heads/main: token does not allow this'])
})

test('a client that reads only the side-band gets the refusal as its last word', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  const head = await agent.commit('a.txt', 'hello\n')
  const updates = [{ ref: 'refs/heads/main', new: head }]
  const body = pushBody({ updates, capabilities: 'side-band-64k', pack: await agent.pack(head) })
  const bands = readBands((await raw(agent, `${w.repo.url}/git-receive-pack`, { body })).body)
  expect(bands.fatal).toBe('refs/heads/main: token does not allow this\n')
})

test('the hint is said while the pack still comes, the report only when it has ended', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  const head = await agent.commit('a.bin', randomBytes(300_000))
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await agent.pack(head) })
  const request = openRaw(agent, `${w.repo.url}/git-receive-pack`)
  request.write(body.subarray(0, 1000))
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  const [first] = (await once(answer, 'data')) as [Buffer]
  expect(readBands(first)).toMatchObject({ progress: expect.stringContaining('use a token'), report: [] })

  let rest = Buffer.alloc(0)
  answer.on('data', (chunk: Buffer) => (rest = Buffer.concat([rest, chunk])))
  request.end(body.subarray(1000))
  await once(answer, 'end')
  expect(readBands(rest).report).toEqual(['unpack ok', 'ng refs/heads/main token does not allow this'])
})

test('a refused push of 60 MB is read to its end: no process, no byte kept, and a clean message', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  await agent.ok('config', 'core.compression', '0')
  await agent.commit('big.bin', randomBytes(60 * 1024 * 1024))
  const before = { started: w.sluice.processesStarted(), stored: await storedIn(w) }
  const pushed = await agent.git('push', 'origin', 'main')
  expect(pushed.output).toContain('! [remote rejected] main -> main (token does not allow this)')
  expect(pushed.output).not.toMatch(/broken pipe|hung up|up-to-date|RPC failed|unexpected disconnect/i)
  expect({ started: w.sluice.processesStarted(), stored: await storedIn(w) }).toEqual(before)
  expect(await w.pushes()).toEqual([])
})

test('over the discard budget stock git still shows the reason, and fails', async () => {
  await using w = await world({ settings: { SLUICE_DISCARD_BUDGET_BYTES: '1MiB' } })
  const agent = await narrowAgent(w)
  await agent.ok('config', 'core.compression', '0')
  await agent.commit('big.bin', randomBytes(30 * 1024 * 1024))
  const pushed = await agent.git('push', 'origin', 'main')
  expect(pushed.output).toContain('error: remote unpack failed: token does not allow this')
  expect(pushed.output).toContain('remote: refs/heads/main: use a token')
  expect(pushed.code).not.toBe(0)
  expect(await storedIn(w)).toEqual([])
})

test('what comes over the discard budget is not read', async () => {
  await using w = await world({ settings: { SLUICE_DISCARD_BUDGET_BYTES: '1MiB' } })
  const agent = await narrowAgent(w)
  const updates = [{ ref: 'refs/heads/main', new: 'a'.repeat(40) }]
  const request = openRaw(agent, `${w.repo.url}/git-receive-pack`)
  request.write(pushBody({ updates }))
  const closed = once(request, 'close')
  let sent = 0
  const sendOn = () => {
    if (request.destroyed || sent++ > 100) request.destroy()
    else request.write(Buffer.alloc(1024 * 1024, 'PACK'), sendOn)
  }
  sendOn()
  await closed.catch(() => {})
  expect(sent, 'MiB that fit into the buffers of a connection').toBeLessThan(50)
})

test('of two branches the one that is allowed lands', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  const head = await agent.commit('a.txt', 'hello\n')
  const pushed = await agent.git('push', 'origin', 'main', 'main:agent/1')
  expect(pushed.output).toContain('! [remote rejected] main -> main')
  expect(pushed.output).toContain('* [new branch]      main -> agent/1')
  expect(await w.has(head)).toBe(true)
})

test('a refusal by name starts no process', async () => {
  await using w = await world()
  const agent = await narrowAgent(w)
  const head = await agent.commit('a.txt', 'hello\n')
  const before = w.sluice.processesStarted()
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await agent.pack(head) })
  await raw(agent, `${w.repo.url}/git-receive-pack`, { body })
  expect(w.sluice.processesStarted()).toBe(before)
})

test('the reason a client sends cannot forge a line of the report', async () => {
  await using w = await world()
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.txt', 'hello\n')
  const ref = 'refs/heads/x ok refs/heads/main'
  const body = pushBody({
    updates: [{ ref, new: head }],
    pack: await w.agent.pack(head),
    capabilities: REPORTING,
  })
  const { report } = readBands((await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body })).body)
  expect(report).toEqual(['unpack ok', `ng ${ref} invalid ref name`])
})
