import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openOutbound, type Outbound } from '../../../test/support/outbound.ts'
import { newKeyPair, type KeyPair } from '../../../test/support/sshd.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { RefReport } from './push-report.ts'
import { FAULTS, type UpstreamFault } from './upstream-fault.ts'
import type { HttpsRemote, SshRemote, UpstreamRemote } from './upstream-remote.ts'

const MAIN = 'refs/heads/main' as RefName

let out: Outbound
let tip: Oid
let stranger: KeyPair
beforeAll(async () => {
  out = await openOutbound()
  tip = await out.commit('one')
  stranger = await newKeyPair()
  await Promise.all([out.https.create('a/b'), out.ssh.create('a/b')])
})
afterAll(() => out[Symbol.asyncDispose]())
afterEach(async () => {
  out.https.behave('serve')
  await out.ssh.behave('serve')
})

function push(remote: UpstreamRemote): Promise<readonly RefReport[]> {
  const updates = [{ ref: MAIN, oldOid: null, newOid: tip }]
  return out.git.push(remote, out.repo, out.environment, updates).then(({ refs }) => refs)
}

/** All three ways to it fail for that reason, and nothing has moved there. */
async function isFault(remote: UpstreamRemote, fault: UpstreamFault): Promise<void> {
  const expected = { code: 'UPSTREAM_UNAVAILABLE', details: { reason: FAULTS[fault] } }
  await expect(out.git.listRefs(remote)).rejects.toMatchObject(expected)
  await expect(push(remote)).rejects.toMatchObject(expected)
  const fetched = out.git.fetch(remote, out.repo, out.environment, ['e'.repeat(40) as Oid])
  await expect(fetched).rejects.toMatchObject(expected)
  expect(await out[remote.kind].refs('a/b')).toEqual([])
}

describe('over ssh', () => {
  const remote = (changes: Partial<SshRemote> = {}) => ({ ...out.ssh.remote('a/b'), ...changes })

  test('a host key that is not the pinned one is refused', async () => {
    await isFault(remote({ hostKey: stranger.publicKey }), 'hostKey')
  })

  test('a host without a key of the pinned algorithm is refused', async () => {
    const rsa = ['ssh-rsa', Buffer.from('no key at all').toString('base64')].join(' ')
    await isFault(remote({ hostKey: rsa }), 'hostKey')
  })

  test('a key that the upstream does not know is told apart', async () => {
    await isFault(remote({ privateKey: stranger.privateKey }), 'keyRefused')
  })

  test('a key that ssh cannot read is told apart', async () => {
    await isFault(remote({ privateKey: 'no key' }), 'badKey')
  })

  test('a repository that is not there is told apart', async () => {
    await isFault(remote({ path: '/nowhere.git' }), 'notFound')
  })

  test('a connection that ends at once is told apart', async () => {
    await out.ssh.behave('hang up')
    await isFault(remote({ host: 'elsewhere.example.test' }), 'ended')
  })

  test('an upstream that has gone away refuses connections', async () => {
    await out.ssh.goAway()
    await isFault(remote(), 'refusesConnection')
    await out.ssh.comeBack()
    expect(await out.git.listRefs(remote())).toMatchObject({ refs: new Map() })
  })
})

describe('over https', () => {
  const remote = (changes: Partial<HttpsRemote> = {}) => ({ ...out.https.remote('a/b'), ...changes })

  test.each([
    [401, 'notAccepted'],
    [403, 'notAllowed'],
    [404, 'notFound'],
    [429, 'tooMany'],
    [418, 'refusesRequest'],
    [500, 'failed'],
    [503, 'failed'],
  ] as const)('an answer of %i is told apart', async (status, fault) => {
    out.https.behave({ status })
    await isFault(remote(), fault)
  })

  test('a wrong password is told apart', async () => {
    await isFault(remote({ password: 'guessed' }), 'notAccepted')
  })

  test('a redirect is not followed, and its target sees nothing', async () => {
    const location = `${out.https.url}/target.git/info/refs?service=git-upload-pack`
    out.https.behave({ status: 302, headers: { location } })
    await isFault(remote(), 'redirected')
    expect(out.https.calls.filter(({ line }) => line.includes('/target.git'))).toEqual([])
  })

  test('a page is no git server', async () => {
    out.https.behave({ status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' })
    await isFault(remote(), 'notGit')
  })

  test('a certificate of another authority is not trusted', async () => {
    await isFault(remote({ ca: null }), 'notTrusted')
  })

  test('a certificate of another name is not trusted', async () => {
    const url = new URL(remote().url)
    url.hostname = 'somebody.example.test'
    await isFault(remote({ url }), 'notTrusted')
  })

  test('a name is good when its certificate is, and only the given address is connected to', async () => {
    const url = new URL(remote().url)
    url.hostname = 'forge.example.test' // no such name
    expect(await out.git.listRefs(remote({ url }))).toMatchObject({ refs: new Map() })
    await isFault(remote({ url, address: '127.0.0.2' }), 'refusesConnection')
  })

  test('a connection that dies is told apart', async () => {
    out.https.behave('die')
    await isFault(remote({ username: 'another' }), 'ended')
  })

  test('an upstream that has gone away refuses connections, and is there again when it comes back', async () => {
    await out.git.listRefs(remote())
    await out.https.goAway()
    await isFault(remote(), 'refusesConnection')
    await out.https.comeBack()
    expect(await out.git.listRefs(remote())).toMatchObject({ refs: new Map() })
  })

  test('what may have landed is not denied: the connection died when it was done', async () => {
    await out.https.create('a/forgotten')
    out.https.behave('forget', { only: 'receive-pack' })
    expect(await push(out.https.remote('a/forgotten'))).toEqual([{ ref: MAIN, kind: 'unknown' }])
    expect(await out.https.refs('a/forgotten')).toEqual([`${MAIN} ${tip}`])
  })

  test('what the upstream has not taken has not landed: it answered the push itself with 403', async () => {
    out.https.behave({ status: 403 }, { only: 'receive-pack' })
    await expect(push(remote())).rejects.toMatchObject({ details: { reason: FAULTS.notAllowed } })
  })

  test('a credential that the upstream quotes is not passed on', async () => {
    await out.https.create('a/quoting')
    const { password } = remote()
    await out.https.setHook('a/quoting', 'update', `echo "your password is ${password}, is it not?"; exit 1`)
    const updates = [{ ref: MAIN, oldOid: null, newOid: tip }]
    const report = await out.git.push(out.https.remote('a/quoting'), out.repo, out.environment, updates)
    expect(report.remarks[0]).toBe('your password is [credential], is it not?')
    expect(JSON.stringify(report)).not.toContain(password)
  })
})

describe('half-open', () => {
  let hasty: Outbound
  beforeAll(async () => {
    hasty = await openOutbound({ connectMs: 1500, idleMs: 1500 })
    tip = await hasty.commit('one')
  })
  afterAll(() => hasty[Symbol.asyncDispose]())

  const silent = { code: 'UPSTREAM_UNAVAILABLE', details: { reason: FAULTS.silent } }
  const within = async (ms: number, work: Promise<unknown>) => {
    const from = performance.now()
    await expect(work).rejects.toMatchObject(silent)
    expect(performance.now() - from).toBeLessThan(ms)
  }
  const pushTo = (remote: UpstreamRemote) =>
    hasty.git.push(remote, hasty.repo, hasty.environment, [{ ref: MAIN, oldOid: null, newOid: tip }])

  test('an sshd that takes connections and says nothing is given up', async () => {
    await hasty.ssh.behave('silent')
    const remote = hasty.ssh.remote('a/b')
    await Promise.all([within(10_000, hasty.git.listRefs(remote)), within(10_000, pushTo(remote))])
  })

  test('a git behind ssh that says nothing is given up', async () => {
    await hasty.ssh.behave('stuck')
    await within(10_000, hasty.git.listRefs(hasty.ssh.remote('a/b')))
  })

  test('a port that takes connections and speaks no TLS is given up', async () => {
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/a/b.git`)
      const remote = { ...hasty.https.remote('a/b'), url }
      await Promise.all([within(10_000, hasty.git.listRefs(remote)), within(10_000, pushTo(remote))])
    } finally {
      server.close()
    }
  })

  test('an https server that takes requests and says nothing is given up', async () => {
    hasty.https.behave('hang')
    const remote = hasty.https.remote('a/b')
    await Promise.all([within(15_000, hasty.git.listRefs(remote)), within(15_000, pushTo(remote))])
  })
})
