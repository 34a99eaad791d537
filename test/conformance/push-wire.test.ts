/** What stock git sends and shows, against the wire files alone: no door, no repository on our side. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ByteSource } from '../../src/git/byte-source.ts'
import { PACK_HEADER_BYTES, parsePackHeader } from '../../src/git/wire/pack-header.ts'
import { FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { writeRemarks } from '../../src/git/wire/push-remarks.ts'
import { readReceivePackRequest, type ReceivePackRequest } from '../../src/git/wire/receive-pack-request.ts'
import { writeReport } from '../../src/git/wire/report-status.ts'
import { KEEP_ALIVE, sideBandOf } from '../../src/git/wire/side-band.ts'
import type { RefUpdate, RefUpdateResult } from '../../src/kernel/ref-update.ts'
import { refuse } from '../../src/kernel/ref-update.ts'

type Judge = (update: RefUpdate) => RefUpdateResult
type SeenRequest = Omit<ReceivePackRequest, 'pack'> & { readonly pack: Buffer | null }

const accept: Judge = ({ ref }) => ({ ref, ok: true })
const refuseAll: Judge = ({ ref }) => ({ ref, ok: false, refusal: refuse('REF_STALE', ref) })

const ALL =
  'report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options agent=sluice'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-wire-'))
  await git('init', '-q', '-b', 'main', '.')
  await commit('first')
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function git(...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' }
  const identity = ['-c', 'user.name=agent', '-c', 'user.email=agent@example.org']
  return await new Promise((resolve) => {
    execFile('git', [...identity, ...args], { cwd: directory, env }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}

async function commit(name: string, content: string | Buffer = name): Promise<string> {
  await writeFile(join(directory, name), content)
  await git('add', name)
  await git('commit', '-qm', name)
  return (await git('rev-parse', 'HEAD')).trim()
}

/** A server that has no refs, or those given, and answers as `judge` says. */
async function serve(judge: Judge, opts: { capabilities?: string; refs?: Record<string, string> } = {}) {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    const kind = request.method === 'GET' ? 'advertisement' : 'result'
    response.setHeader('content-type', `application/x-git-receive-pack-${kind}`)
    if (request.method === 'GET')
      return void response.end(advertisement(opts.capabilities ?? ALL, opts.refs ?? {}))
    answer(request, judge, seen).then(
      (body) => response.end(body),
      (err: Error) => response.writeHead(500).end(err.message),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/r.git`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function advertisement(capabilities: string, refs: Record<string, string>): Buffer {
  const entries = Object.entries(refs)
  if (entries.length === 0) entries.push(['capabilities^{}', '0'.repeat(40)])
  const lines = entries.map(([ref, oid], i) => `${oid} ${ref}${i === 0 ? `\0${capabilities}` : ''}\n`)
  return Buffer.concat([
    pktLine('# service=git-receive-pack\n'),
    FLUSH,
    ...lines.map((l) => pktLine(l)),
    FLUSH,
  ])
}

async function answer(request: IncomingMessage, judge: Judge, seen: SeenRequest[]): Promise<Buffer> {
  const body = new ByteSource(request, { idleMs: 10_000 })
  const { pack, ...front } = await readReceivePackRequest(body, { objectFormat: 'sha1' })
  seen.push({ ...front, pack: pack && Buffer.concat((await pack.toArray()) as Buffer[]) })
  if (front.isProbe) return Buffer.alloc(0)
  const outcome = { unpack: 'ok', results: front.updates.map(judge) }
  const keepAlive = sideBandOf(front.capabilities) === null ? Buffer.alloc(0) : KEEP_ALIVE
  const remarks = writeRemarks(outcome, front.capabilities, { json: front.options.includes('json') })
  return Buffer.concat([keepAlive, remarks, writeReport(outcome, front.capabilities)])
}

test('a push of git is read whole: commands, options and a pack with its objects', async () => {
  await using server = await serve(accept)
  const output = await git('push', '-o', 'ci.skip', '--atomic', server.url, 'main', 'main:topic')
  expect(output).toContain('[new branch]')
  const [request] = server.seen
  expect(request?.updates.map((u) => u.ref)).toEqual(['refs/heads/main', 'refs/heads/topic'])
  expect(request?.options).toEqual(['ci.skip'])
  expect(request?.capabilities.has('atomic')).toBe(true)
  expect(request?.capabilities.get('agent')).toMatch(/^git\//)
  expect(parsePackHeader(request?.pack?.subarray(0, PACK_HEADER_BYTES) ?? FLUSH).objects).toBe(3)
})

test.each([
  ['report-status-v2 and side-band-64k', ALL, true],
  ['report-status and side-band-64k', 'report-status side-band-64k', true],
  ['report-status alone', 'report-status delete-refs', false],
])('git shows the reason of a refusal with %s', async (_, capabilities, shownHints) => {
  await using server = await serve(refuseAll, { capabilities })
  const output = await git('push', server.url, 'main')
  expect(output).toContain('! [remote rejected] main -> main (stale info; fetch first)')
  expect(output.includes('remote: refs/heads/main: the ref moved')).toBe(shownHints)
})

test('git shows one line of JSON for each ref to who pushes with -o json', async () => {
  await using server = await serve(refuseAll)
  const output = await git('push', '-o', 'json', server.url, 'main', 'main:b')
  const lines = [...output.matchAll(/^remote: (\{.*\})\s*$/gm)].map(
    ([, text = '']) => JSON.parse(text) as unknown,
  )
  expect(lines).toEqual([
    expect.objectContaining({ ref: 'refs/heads/main', code: 'REF_STALE' }),
    expect.objectContaining({ ref: 'refs/heads/b', code: 'REF_STALE' }),
  ])
})

test('a push that git sends in chunks begins with a probe', async () => {
  await commit('large', randomBytes(300_000))
  await using server = await serve(accept)
  await git('-c', 'http.postBuffer=65536', 'push', server.url, 'main')
  expect(server.seen.map((r) => r.isProbe)).toEqual([true, false])
  expect(server.seen[1]?.pack?.length).toBeGreaterThan(300_000)
})

test('a push that only deletes brings no pack', async () => {
  const oid = await commit('second')
  await using server = await serve(accept, { refs: { 'refs/heads/old': oid } })
  expect(await git('push', server.url, ':old')).toContain('[deleted]')
  expect(server.seen[0]).toMatchObject({ pack: null, updates: [{ ref: 'refs/heads/old', oldOid: oid }] })
})

test('a thousand refs are read and reported one by one', async () => {
  const refs = Array.from({ length: 1000 }, (_, i) => `main:b${i}`)
  await using server = await serve(({ ref }) =>
    (ref.endsWith('7') ? refuseAll : accept)({ ref } as RefUpdate),
  )
  const output = await git('push', server.url, ...refs)
  expect(output.match(/\[new branch\]/g)).toHaveLength(900)
  expect(output.match(/\[remote rejected\]/g)).toHaveLength(100)
})
