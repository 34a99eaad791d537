import { afterEach, beforeEach, expect, test } from 'vitest'
import { openOutbound, type Outbound } from '../../../test/support/outbound.ts'
import { newKeyPair, openSshd } from '../../../test/support/sshd.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'

const MAIN = 'refs/heads/main' as RefName
const MINUTE = 60_000

let out: Outbound
let tip: Oid
beforeEach(async () => {
  out = await openOutbound()
  tip = await out.commit('one')
  await out.ssh.create('a/b')
})
afterEach(() => out[Symbol.asyncDispose]())

test('whatever is asked of one upstream goes over one connection', async () => {
  const remote = out.ssh.remote('a/b')
  for (let n = 0; n < 5; n++) await out.git.listRefs(remote)
  await out.git.push(remote, out.repo, out.environment, [{ ref: MAIN, oldOid: null, newOid: tip }])
  expect((await out.git.listRefs(remote)).refs.get(MAIN)).toBe(tip)
  expect(out.ssh.connections).toBe(1)
})

test('ending one git ends no other over the same connection', async () => {
  const remote = out.ssh.remote('a/b')
  await out.git.listRefs(remote)
  await out.ssh.behave('stuck')
  const patience = new AbortController()
  const given = out.git.listRefs(remote, patience.signal)
  patience.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  await out.ssh.behave('serve')
  await out.git.listRefs(remote)
  expect(out.ssh.connections).toBe(1)
})

test('when the upstream takes no more sessions over a connection, another one is made', async () => {
  await using narrow = await openSshd({ maxSessions: 1 })
  await narrow.create('a/b')
  const remote = narrow.remote('a/b')
  await out.git.listRefs(remote)
  const lists = await Promise.all([1, 2, 3].map(() => out.git.listRefs(remote)))
  expect(lists).toHaveLength(3)
  expect(narrow.connections).toBeGreaterThan(1)
})

test('another key never goes over the connection of the first', async () => {
  const remote = out.ssh.remote('a/b')
  await out.git.listRefs(remote)
  const { privateKey } = await newKeyPair()
  await expect(out.git.listRefs({ ...remote, privateKey })).rejects.toMatchObject({
    code: 'UPSTREAM_UNAVAILABLE',
  })
})

test('a key that was taken away at the upstream is good for minutes at most, however busy the connection', async () => {
  const remote = out.ssh.remote('a/b')
  await out.git.listRefs(remote)
  await out.ssh.authorize((await newKeyPair()).publicKey)
  await out.git.listRefs(remote) // sshd does not ask again
  out.now += 6 * MINUTE
  await expect(out.git.listRefs(remote)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
})

test('a connection that broke is replaced', async () => {
  const remote = out.ssh.remote('a/b')
  await out.git.listRefs(remote)
  await out.ssh.goAway()
  await out.ssh.comeBack()
  expect(await out.git.listRefs(remote)).toMatchObject({ refs: new Map() })
  expect(out.ssh.connections).toBe(2)
})

test('nothing of a connection is left when its server ends', async () => {
  await out.git.listRefs(out.ssh.remote('a/b'))
  expect(out.ssh.connected).toBe(1)
  await out.git[Symbol.asyncDispose]()
  await expect.poll(() => out.ssh.connected).toBe(0)
})
