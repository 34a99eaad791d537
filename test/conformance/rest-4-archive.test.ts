/** rest-api.md, section 4: all files of a commit in one. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: RestBench
let tip: string
/** `<slug>-<short sha>` */
let prefix: string
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  const { agent } = bench.git
  await agent.write('dir/file.txt', 'content\n')
  await agent.ok('add', '.')
  tip = await agent.commit('a', 'a\n')
  await agent.ok('tag', 'v1.0')
  await agent.ok('branch', 'feature/x.zip')
  await agent.ok('push', '-q', 'origin', '--all')
  await agent.ok('push', '-q', 'origin', '--tags')
  prefix = `${bench.path.split('/').at(-1)}-${tip.slice(0, 12)}`
})
afterAll(() => w[Symbol.asyncDispose]())

const download = (name: string) => bench.git.agent.fetch(`${w.url}${bench.path}/archive/${name}`)
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer())
const listTar = (tar: Buffer) =>
  execFileSync('tar', ['-t'], { input: tar, encoding: 'utf8' }).trim().split('\n')

const FILES = ['/', '/a', '/dir/', '/dir/file.txt']

test('GET /repos/{org}/{repo}/archive/{ref}.(tar.gz|zip|tar) holds all files in one directory', async () => {
  const tar = await download('main.tar')
  expect(tar.status).toBe(200)
  expect(Object.fromEntries(tar.headers)).toMatchObject({
    'content-type': 'application/x-tar',
    'content-disposition': `attachment; filename="${prefix}.tar"`,
    'x-content-type-options': 'nosniff',
    etag: `W/"${tip}-tar"`,
  })
  const bytes = await bytesOf(tar)
  expect(listTar(bytes)).toEqual(FILES.map((name) => prefix + name))
  const gz = await download('main.tar.gz')
  expect(gz.headers.get('content-type')).toBe('application/gzip')
  expect(gunzipSync(await bytesOf(gz)).equals(bytes)).toBe(true)
  const zip = await download('main.zip')
  expect(zip.headers.get('content-type')).toBe('application/zip')
  const zipped = await bytesOf(zip)
  expect(zipped.toString('latin1', 0, 4)).toBe('PK\x03\x04')
  expect(zipped.includes(`${prefix}/dir/file.txt`)).toBe(true)
})

test.each(['v1.0.tar', 'feature/x.zip.tar', 'refs/tags/v1.0.tar', 'main~0.tar'])(
  '%s can be had',
  async (name) => {
    expect(listTar(await bytesOf(await download(name)))).toEqual(FILES.map((file) => prefix + file))
  },
)

test('by an id it is the same bytes for ever', async () => {
  const answers = await Promise.all([download(`${tip}.tar.gz`), download(`${tip}.tar.gz`)])
  for (const { headers } of answers) {
    expect(headers.get('etag')).toBe(`"${tip}-tar.gz"`)
    expect(headers.get('cache-control')).toContain('immutable')
  }
  const [one, other] = await Promise.all(answers.map(bytesOf))
  expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true)
})

test('304 starts nothing, and formats do not share an ETag', async () => {
  const headers = { 'if-none-match': `"${tip}-tar"` }
  const before = w.sluice.processesStarted()
  const fresh = await bench.get('/archive/main.tar', headers)
  expect([fresh.status, fresh.text]).toEqual([304, ''])
  expect(w.sluice.processesStarted()).toBe(before)
  expect((await bench.get('/archive/main.zip', headers)).status).toBe(200)
})

test('HEAD answers the headers and packs nothing', async () => {
  const before = w.sluice.processesStarted()
  const head = await bench.ask('HEAD', '/archive/main.tar.gz')
  expect([head.status, head.text]).toEqual([200, ''])
  expect(head.headers.get('content-type')).toBe('application/gzip')
  expect(w.sluice.processesStarted()).toBe(before)
})

test.each([
  ['main', 400],
  ['main.rar', 400],
  ['.zip', 400],
  ['--output=x.zip', 400],
  ['nothing.zip', 404],
])('%s is %i', async (name, status) => {
  const answer = await download(name)
  expect([answer.status, answer.headers.get('content-disposition')]).toEqual([status, null])
})

test('needs read access', async () => {
  expect(await bench.statuses('GET', '/archive/main.zip')).toEqual([404, 404, 200, 200])
})

test('a client that leaves ends git', async () => {
  const large = await restBench(w)
  await large.git.agent.commit('large', randomBytes(12 * 1024 * 1024))
  await large.git.agent.ok('push', '-q', 'origin', 'HEAD')
  const running = () => processesIn(large.git.repo.path)

  const request = httpRequest(`${w.url}${large.path}/archive/main.tar`, {
    headers: { authorization: `Bearer ${large.git.agent.token}` },
  }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.pause() // git waits for somebody to read
  expect(running()).toHaveLength(1)
  response.destroy()
  await vi.waitUntil(() => running().length === 0, { timeout: 5_000 })
})

/** Command lines of `git archive` that run in a directory. @see proc(5) */
function processesIn(directory: string): string[] {
  const script =
    'for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = "$1" ] && tr "\\0" " " < $p/cmdline && echo; done'
  const found = execFileSync('sh', ['-c', `${script}; true`, 'sh', directory], { encoding: 'utf8' })
  return found.split('\n').filter((line) => line.includes(' archive '))
}
