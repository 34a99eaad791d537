/** Upstreams that mean harm: what they show, send and quote, and who else pays for it. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openGitea } from '../support/gitea.ts'
import { gateWorld, type Gate, type GateWorld } from '../support/gate.ts'

let g: GateWorld
beforeAll(async () => {
  g = await gateWorld({ settings: { SLUICE_MAX_PACK_BYTES: '4MiB' } })
})
beforeEach(() => g.https.behave('serve'))
afterAll(() => g[Symbol.asyncDispose]())

const branches = (gate: Gate) => g.world.owner.fetch(`${g.world.url}${gate.at}/branches`)

const ADVERTISED = { 'content-type': 'application/x-git-upload-pack-advertisement' }
const SERVICE = '001e# service=git-upload-pack\n0000'

/** What an upstream shows before v2. */
function shows(lines: readonly string[]) {
  const body = Buffer.from(SERVICE + lines.map(packet).join('') + '0000')
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, ADVERTISED).end(body)
  }
}

function packet(line: string): string {
  return (line.length + 4).toString(16).padStart(4, '0') + line
}

const reasonOf = async (answer: Response) =>
  ((await answer.json()) as { error: { details: { reason: string } } }).error.details.reason

test('an upstream that answers with an error has not lost its refs, and a gate loses none (listing-error-regression)', async () => {
  const gate = await g.gate()
  expect((await branches(gate)).status).toBe(200)
  const before = await gate.refs()
  expect(before).toHaveLength(1)
  for (const lines of [[`ERR ${g.https.password} may not read`], ['nothing to see here']]) {
    g.https.behave(shows(lines))
    const answer = await branches(gate)
    expect(answer.status).toBe(503)
    expect(await answer.text()).not.toContain(g.https.password)
    expect(await gate.refs()).toEqual(before)
  }
})

test('a listing of which the end is missing is none (listing-cut-regression)', async () => {
  const gate = await g.gate()
  const line = packet(`${await gate.upstream.git('rev-parse', 'main')} refs/heads/main\n`)
  g.https.behave((_request, response) => void response.writeHead(200, ADVERTISED).end(SERVICE + line))
  expect((await branches(gate)).status).toBe(503)
  expect(await gate.refs()).toEqual([])
})

test('objects that git would refuse do not come in by the dumb protocol either (dumb-fetch-regression)', async () => {
  const gate = await g.gate()
  const { gitDir } = gate.upstream
  const commit = await commitOfHostileTree(gate)
  await gate.upstream.git('update-ref', 'refs/heads/main', commit)
  expect(await reasonOf(await branches(gate))).toMatch(/objects that git does not take/)
  g.https.behave((request, response) => {
    const path = (request.url ?? '').replace(/^.*?\.git\/|\?.*$/g, '')
    if (request.headers['user-agent'] === 'git/sluice')
      return shows([`${commit} refs/heads/main\n`])(request, response)
    if (path === 'info/refs') return void response.end(`${commit}\trefs/heads/main\n`)
    readFile(join(gitDir, path)).then(
      (file) => response.end(file),
      () => response.writeHead(404).end(),
    )
  })
  expect(await reasonOf(await branches(gate))).toMatch(/smart HTTP/)
  expect(await gate.refs()).toEqual([])
})

test('what an upstream sends is limited as a push is, and nothing of it stays (fetch-size-regression)', async () => {
  const gate = await g.gate()
  expect((await branches(gate)).status).toBe(200)
  await gate.upstream.commit('large.bin', randomBytes(8 * 1024 * 1024))
  expect(await reasonOf(await branches(gate))).toMatch(/SLUICE_MAX_PACK_BYTES/)
  const left = await readdir(join(g.world.config.gitStorageRoot, '.incoming'), { recursive: true })
  expect(left.filter((name) => name.includes('pack'))).toEqual([])
})

test('gates whose upstreams hang under many names leave room for those of others (refresh-places-regression)', async () => {
  const gate = await g.gate()
  await using hole = await openHole()
  const hanging = await hangingGates(hole, 66)
  const ask = (at: string) => g.world.owner.fetch(g.world.url + at)
  const reads = hanging.map((at) => ask(`${at}/branches`).then(() => 'theirs'))
  await hole.taken(16)
  const mine = branches(gate).then(({ status }) => `mine: ${status}`)
  expect(await Promise.race([mine, ...reads])).toBe('mine: 200')
  await hole[Symbol.asyncDispose]()
  await Promise.all(reads)
})

test('few are asked at once whether they can be reached (status-places-regression)', async () => {
  const gate = await g.gate()
  await using hole = await openHole()
  const hanging = await hangingGates(hole, 30)
  const asked = hanging.map((at) => g.world.owner.fetch(`${g.world.url}${at}/upstream/status`))
  await Promise.race(asked)
  expect(hole.connections).toBeLessThan(30)
  expect((await g.world.owner.fetch(`${g.world.url}${gate.at}/upstream/status`)).status).toBe(200)
  await hole[Symbol.asyncDispose]()
  await Promise.all(asked)
})

test('the path of an upstream leads to nothing else in the API of a forge (forge-path-regression)', async () => {
  await using forge = await openGitea()
  const { hostKey } = g.ssh
  for (const path of ['acme/...git', 'acme/..git']) {
    await g.world.createRepo(`path-${path.length}`)
    const answer = await g.world.owner.fetch(`${g.world.url}/repos/acme/path-${path.length}/upstream`, {
      method: 'PUT',
      body: JSON.stringify({
        url: `ssh://git@127.0.0.1:22/${path}`,
        key: { provider: 'gitea', provisionerToken: forge.token, apiUrl: forge.url },
        hostKey,
      }),
    })
    expect(answer.status).toBe(422)
    expect(forge.requests.map(({ url }) => url)).toEqual([])
  }
})

test('a reader who waits while a key or another setting is replaced is served by the new one (changed-meanwhile-regression)', async () => {
  const gate = await g.gate()
  const waits = new Promise<void>((resolve) => g.https.behave(() => resolve()))
  const reading = branches(gate)
  await waits
  g.https.behave('serve')
  const answer = await g.world.owner.fetch(`${g.world.url}${gate.at}/upstream`, {
    method: 'PUT',
    body: JSON.stringify({
      url: g.https.remote(gate.upstream.path).url.href,
      key: { provider: 'token', token: g.https.password },
      ca: g.https.ca,
    }),
  })
  expect(answer.status).toBe(200)
  expect((await reading).status).toBe(200)
})

/** Connections are taken, and never answered. */
async function openHole() {
  const sockets = new Set<Socket>()
  const events = new EventEmitter()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    events.emit('connection')
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return sockets.size
    },
    taken: async (count: number) => {
      while (sockets.size < count) await once(events, 'connection')
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
    },
  }
}

/** In an organization of their own, at several names. Their places in the REST API. */
async function hangingGates({ port }: { port: number }, count: number): Promise<string[]> {
  const places: string[] = []
  for (let n = 0; n < count; n++) {
    const name = `hangs-${port}-${n}`
    await g.world.createRepo(name, { orgId: 'elsewhere' })
    const url = `https://127.0.0.${2 + (n % 3)}:${port}/forge/${name}.git`
    const answer = await g.world.owner.fetch(`${g.world.url}/repos/elsewhere/${name}/upstream`, {
      method: 'PUT',
      body: JSON.stringify({ url, key: { provider: 'token', token: 'any' } }),
    })
    expect(answer.status).toBe(201)
    places.push(`/repos/elsewhere/${name}`)
  }
  return places
}

/** It holds a file `.git`, which no git of an agent should ever check out. */
async function commitOfHostileTree({ upstream: { gitDir } }: Gate): Promise<string> {
  const git = (input: string | Buffer, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.test', ...args], {
      cwd: gitDir,
      input,
    })
      .toString()
      .trim()
  const blob = git('gitdir: elsewhere', 'hash-object', '-w', '--stdin')
  const entry = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')])
  const tree = git(entry, 'hash-object', '-w', '-t', 'tree', '--literally', '--stdin')
  return git('', 'commit-tree', tree, '-m', 'harm')
}
