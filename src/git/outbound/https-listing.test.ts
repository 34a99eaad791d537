import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openOutbound, type Outbound } from '../../../test/support/outbound.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { HttpsRemote } from './upstream-remote.ts'

const MAIN = 'refs/heads/main' as RefName

let out: Outbound
let tip: Oid
let made = 0
let remote: HttpsRemote
beforeAll(async () => {
  out = await openOutbound()
  tip = await out.commit('one')
})
beforeEach(async () => {
  await out.https.create(`a/${++made}`)
  remote = out.https.remote(`a/${made}`)
  await out.git.push(remote, out.repo, out.environment, [{ ref: MAIN, oldOid: null, newOid: tip }])
  await out.https.git(`a/${made}`, 'symbolic-ref', 'HEAD', MAIN)
})
afterAll(() => out[Symbol.asyncDispose]())

test('asked again, an upstream answers one request over the connection of the first, and no git is started', async () => {
  await out.git.listRefs(remote)
  const [calls, connections, started] = [out.https.calls.length, out.https.connections, out.launcher.started]
  for (let n = 0; n < 5; n++) expect((await out.git.listRefs(remote)).refs.get(MAIN)).toBe(tip)
  expect(out.https.calls.length - calls).toBe(5)
  expect(out.https.connections - connections).toBe(0)
  expect(out.launcher.started - started).toBe(0)
})

test.each([0, 1] as const)('protocol version %i is understood, with HEAD and the refs', async (version) => {
  out.https.speakAtMost(version)
  const expected = { head: MAIN, refs: new Map([[MAIN, tip]]) }
  expect(await out.git.listRefs(remote)).toEqual(expected)
  out.https.speakAtMost(2)
  expect(await out.git.listRefs(remote)).toEqual(expected)
  out.https.speakAtMost(version) // what was remembered of it holds no more
  expect(await out.git.listRefs(remote)).toEqual(expected)
  out.https.speakAtMost(2)
})

test('an empty upstream that speaks no v2 has no refs', async () => {
  await out.https.create('empty/v0')
  out.https.speakAtMost(0)
  expect(await out.git.listRefs(out.https.remote('empty/v0'))).toEqual({ head: null, refs: new Map() })
  out.https.speakAtMost(2)
})

test('an empty upstream tells where its HEAD points', async () => {
  await out.https.create('empty/v2')
  await out.https.git('empty/v2', 'symbolic-ref', 'HEAD', 'refs/heads/trunk')
  expect((await out.git.listRefs(out.https.remote('empty/v2'))).head).toBe('refs/heads/trunk')
})

test('connections that the upstream has closed meanwhile are no fault', async () => {
  await out.git.listRefs(remote)
  await out.https.goAway()
  await out.https.comeBack()
  expect((await out.git.listRefs(remote)).refs.get(MAIN)).toBe(tip)
})

test('another password does not go over what the first one opened', async () => {
  await out.git.listRefs(remote)
  await expect(out.git.listRefs({ ...remote, password: 'guessed' })).rejects.toMatchObject({
    code: 'UPSTREAM_UNAVAILABLE',
  })
})

test('whoever gives up a listing hears his own reason', async () => {
  out.https.behave('hang')
  const listed = out.git.listRefs(remote, AbortSignal.abort(new Error('enough')))
  await expect(listed).rejects.toThrow('enough')
  out.https.behave('serve')
})
