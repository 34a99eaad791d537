/** Request bodies in all the ways in which git, and whoever means harm, sends them. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { watch } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { gitsOf, processEnds } from '../support/processes.ts'
import { commandBody, openRaw, pushBody, raw, readAnswer, readBands } from '../support/raw-git.ts'
import { pathsBelow } from '../support/paths-below.ts'
import { world, type World } from '../support/world.ts'

const V2 = { 'git-protocol': 'version=2' }
const GZIP = { 'content-encoding': 'gzip' }
/** With a commit that the server has, it would begin to answer. */
const UNKNOWN = 'a'.repeat(40)

async function pushed(w: World): Promise<string> {
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.txt', 'hello\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  return head
}

/** A commit of more objects than are unpacked one by one, and more bytes than a pipe holds. */
async function commitMany(w: World): Promise<string> {
  for (let i = 0; i < 120; i++) await w.agent.write(`many/${i}`, randomBytes(10_000))
  await w.agent.ok('add', 'many')
  return w.agent.commit('last', 'x')
}

/** For `git fast-import`. */
function commitOf(branch: string): string {
  return `commit refs/heads/${branch}\ncommitter A <a@example.test> 1 +0000\ndata <<END\n${branch}\nEND\n\n`
}

/** What new objects would be stored in until they are accepted. */
function incomingOf(w: World): string {
  return join(w.repo.path, '../../.incoming')
}

async function nothingIncoming(w: World): Promise<void> {
  const files = await pathsBelow(incomingOf(w))
  expect(files.filter((name) => /\d+\/\d+|pack|tmp_/.test(name))).toEqual([])
}

test('stock git gzips a large request and it is understood', async () => {
  await using w = await world()
  await w.agent.start(w.repo.url)
  const commits = Array.from({ length: 40 }, (_, i) => commitOf(`branch-${i}`))
  await w.agent.gitWith({ input: commits.join('') }, 'fast-import', '--quiet')
  await w.agent.ok('push', '-q', '--all', 'origin')
  await w.owner.start(w.repo.url)
  const fetched = await w.owner.gitWith({ env: { GIT_TRACE_CURL: '1' } }, 'fetch', 'origin')
  expect(fetched.output).toMatch(/content-encoding: gzip/i)
  expect((await w.owner.ok('branch', '-r')).split('\n')).toHaveLength(40)
})

test('a gzipped fetch is understood', async () => {
  await using w = await world()
  const head = await pushed(w)
  const body = gzipSync(commandBody('fetch', [`want ${head}`, 'done']))
  const answer = await raw(w.agent, `${w.repo.url}/git-upload-pack`, { headers: { ...V2, ...GZIP }, body })
  expect(answer.body.includes('PACK')).toBe(true)
})

test('a gzip bomb is refused at its bound', async () => {
  await using w = await world()
  const head = await pushed(w)
  const lines = Buffer.alloc(100 * 1024 * 1024, pktLine(`have ${UNKNOWN}\n`))
  const fetch = Buffer.concat([pktLine(`want ${head}\n`), FLUSH, lines])
  const push = Buffer.concat([pushBody({ updates: [{ ref: 'refs/heads/x', new: head }] }), lines])
  const send = (service: string, bomb: Buffer) =>
    raw(w.agent, `${w.repo.url}/${service}`, { headers: GZIP, body: gzipSync(bomb) })

  expect((await send('git-upload-pack', fetch)).status).toBe(413)
  const refused = await send('git-receive-pack', push)
  expect(readBands(refused.body).report.at(-1)).toMatch(/^ng refs\/heads\/x /)
  expect(gitsOf(process.pid)).toEqual([])
})

test('a gzipped fetch of more than 64 MiB is refused, though it is no denser than an honest one', async () => {
  await using w = await world()
  const head = await pushed(w)
  const line = pktLine(`have ${UNKNOWN} ${randomBytes(450).toString('hex')}${' '.repeat(60_000)}`)
  const haves = Array.from({ length: 1_150 }, () => line)
  const body = gzipSync(Buffer.concat([pktLine(`want ${head}\n`), FLUSH, ...haves]), { level: 1 })
  const answer = await raw(w.agent, `${w.repo.url}/git-upload-pack`, { headers: GZIP, body })
  expect(answer.status).toBe(413)
})

test.for([
  ['broken gzip', GZIP, 'no gzip at all', 400],
  ['another encoding', { 'content-encoding': 'br' }, '0000', 415],
] as const)('%s is refused', async ([, headers, body, status]) => {
  await using w = await world()
  for (const service of ['git-upload-pack', 'git-receive-pack']) {
    expect((await raw(w.agent, `${w.repo.url}/${service}`, { headers, body })).status).toBe(status)
  }
})

test('rubbish for git is refused before a process is started for it, short or long', async () => {
  await using w = await world()
  const before = w.sluice.processesStarted()
  const bodies = ['zzzz', '0003', '0009hello', 'z'.repeat(400 * 1024)]
  for (const headers of [{}, V2]) {
    for (const body of bodies) {
      const answer = await raw(w.agent, `${w.repo.url}/git-upload-pack`, { headers, body })
      expect(answer.status, `${JSON.stringify(headers)} ${body.slice(0, 9)}`).toBe(400)
    }
  }
  expect(w.sluice.processesStarted()).toBe(before)
})

test('the probe before a large push is answered, and is neither counted nor told', async () => {
  await using w = await world({ settings: { SLUICE_RATE_PUSHES_PER_MINUTE: '1' } })
  await w.agent.start(w.repo.url)
  await w.agent.commit('a.bin', randomBytes(50_000))
  const traced = await w.agent.gitWith(
    { env: { GIT_TRACE_CURL: '1' } },
    ...['-c', 'http.postBuffer=1000', 'push', 'origin', 'main'],
  )
  expect(traced.output).toMatch(/content-length: 4\b/i)
  expect(traced.output).toMatch(/transfer-encoding: chunked/i)
  expect(traced.code).toBe(0)
  expect(await w.pushes()).toHaveLength(1)
})

test('a probe is answered with an empty report', async () => {
  await using w = await world()
  const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body: '0000' })
  expect([answer.status, answer.body.length]).toEqual([200, 0])
  expect(await w.pushes()).toEqual([])
})

test('a push of nothing at all is malformed', async () => {
  await using w = await world()
  expect((await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body: '' })).status).toBe(400)
})

test('a client that waits for 100-continue is told to go on', async () => {
  await using w = await world()
  const head = await w.agent.start(w.repo.url).then(() => w.agent.commit('a.txt', 'hello\n'))
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await w.agent.pack(head) })
  const headers = { expect: '100-continue', 'content-length': String(body.length) }
  const request = openRaw(w.agent, `${w.repo.url}/git-receive-pack`, { headers })
  request.flushHeaders()
  await once(request, 'continue')
  request.end(body)
  expect(readBands((await readAnswer(request)).body).report).toEqual(['unpack ok', 'ok refs/heads/main'])
})

test('a body may come in pieces of one byte', async () => {
  await using w = await world()
  const head = await w.agent.start(w.repo.url).then(() => w.agent.commit('a.txt', 'hello\n'))
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await w.agent.pack(head) })
  const request = openRaw(w.agent, `${w.repo.url}/git-receive-pack`)
  request.setNoDelay(true)
  for (let at = 0; at < body.length; at++) {
    await new Promise((written) => request.write(body.subarray(at, at + 1), written))
  }
  request.end()
  expect(readBands((await readAnswer(request)).body).report).toEqual(['unpack ok', 'ok refs/heads/main'])
  expect(await w.has(head)).toBe(true)
})

test('a client that goes away in the middle of a clone ends its git', async () => {
  await using w = await world()
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('big.bin', randomBytes(8 * 1024 * 1024))
  await w.agent.ok('push', '-q', 'origin', 'main')
  const request = openRaw(w.agent, `${w.repo.url}/git-upload-pack`, { headers: V2 })
  request.end(commandBody('fetch', [`want ${head}`, 'done']))
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  await once(answer, 'readable')
  const running = gitsOf(process.pid)
  expect(running, 'nobody has read its pack').not.toEqual([])
  request.destroy()
  await Promise.all(running.map(({ pid }) => processEnds(pid)))
})

test('a client that goes away in the middle of a push ends its git and leaves nothing', async () => {
  await using w = await world({ settings: { SLUICE_SMALL_PUSHES: 'off' } })
  await w.agent.start(w.repo.url)
  const head = await commitMany(w)
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await w.agent.pack(head) })
  const stored = packAppearsIn(incomingOf(w))
  const request = openRaw(w.agent, `${w.repo.url}/git-receive-pack`)
  request.write(body.subarray(0, body.length / 2))
  await stored
  const running = gitsOf(process.pid)
  expect(running, 'it waits for the rest').not.toEqual([])
  const swept = directoryGoesFrom(incomingOf(w))
  request.destroy()
  await Promise.all(running.map(({ pid }) => processEnds(pid)))
  await swept
  await nothingIncoming(w)
  expect(await w.has(head)).toBe(false)
  expect(await w.pushes()).toEqual([])
})

test('an upload that stands still is cut, and leaves nothing', async () => {
  await using w = await world({ settings: { SLUICE_BODY_IDLE_SECONDS: '1' } })
  await w.agent.start(w.repo.url)
  const head = await commitMany(w)
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await w.agent.pack(head) })
  const request = openRaw(w.agent, `${w.repo.url}/git-receive-pack`)
  request.write(body.subarray(0, body.length / 2))
  await once(request, 'close')
  await nothingIncoming(w)
  expect(await w.has(head)).toBe(false)
  expect(await w.pushes()).toEqual([])
})

test('a fetch request that stands still is told so', async () => {
  await using w = await world({ settings: { SLUICE_BODY_IDLE_SECONDS: '1' } })
  const request = openRaw(w.agent, `${w.repo.url}/git-upload-pack`)
  request.write('0032want')
  expect((await readAnswer(request)).status).toBe(408)
})

test('an upload that is slow but moves may take longer than the idle time', async () => {
  await using w = await world({ settings: { SLUICE_BODY_IDLE_SECONDS: '1' } })
  const head = await w.agent.start(w.repo.url).then(() => w.agent.commit('a.txt', 'hello\n'))
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await w.agent.pack(head) })
  const request = openRaw(w.agent, `${w.repo.url}/git-receive-pack`)
  const pieces = [0, 40, 80, 120, body.length]
  await new Promise<void>((sent) => {
    // the pace of the sender is what this is about
    const timer = setInterval(() => {
      const [from = 0, to] = pieces
      if (to === undefined) return void (clearInterval(timer), sent())
      request.write(body.subarray(from, to))
      pieces.shift()
    }, 400)
  })
  request.end()
  expect(readBands((await readAnswer(request)).body).report).toEqual(['unpack ok', 'ok refs/heads/main'])
})

/** Resolves when git has begun to store a pack somewhere below. */
function packAppearsIn(directory: string): Promise<void> {
  return seen(directory, (name) => name.includes('tmp_pack_'))
}

/** Resolves when something of a quarantine has been removed. */
function directoryGoesFrom(directory: string): Promise<void> {
  return seen(directory, (name, kind) => kind === 'rename' && /^[^/]+\/\d+$/.test(name))
}

function seen(directory: string, isIt: (name: string, kind: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(directory, { recursive: true }, (kind, name) => {
      if (!isIt(String(name), kind)) return
      watcher.close()
      resolve()
    })
  })
}
