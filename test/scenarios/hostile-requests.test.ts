/** Requests that no git would send. Gzip bombs and slow senders are in http-bodies.test.ts, packs in hostile-packs.test.ts. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Dice } from '../support/dice.ts'
import { openRaw, pushBody, raw, readBands } from '../support/raw-git.ts'
import { expectStillSound } from '../support/still-sound.ts'
import { world, type World } from '../support/world.ts'

let w: World
let head: string
beforeAll(async () => {
  w = await world()
  await w.agent.start(w.repo.url)
  head = await w.agent.commit('a.txt', 'hello\n')
  await w.agent.ok('push', 'origin', 'main')
})
afterAll(() => w[Symbol.asyncDispose]())
afterEach(() => expectStillSound(w))

const ZERO = '0'.repeat(40)

describe('packets', () => {
  test.each([
    ['a length that is no number', 'zzzz'],
    ['a length with a sign', '-001'],
    ['a length with a plus', '+0a0'],
    ['a length of three', '0003'],
    ['a length over the limit', 'ffff'],
    ['less than a length', '00'],
    ['fewer bytes than announced', '00a0abc'],
  ])('%s is refused by both services', async (_name, body) => {
    for (const service of ['git-receive-pack', 'git-upload-pack']) {
      const answer = await raw(w.agent, `${w.repo.url}/${service}`, { body })
      expect(answer.status, service).toBe(400)
      expect(answer.text, service).toMatch(/malformed (pkt-line|git request)/)
    }
  })

  test('10,001 commands are refused, and 10,000 that cannot be are answered one by one', async () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ ref: `refs/heads/b${n}`, old: head, new: ZERO }))
    const url = `${w.repo.url}/git-receive-pack`
    const tooMany = await raw(w.agent, url, { body: pushBody({ updates: list(10_001) }) })
    expect([tooMany.status, tooMany.text]).toEqual([400, 'too many ref updates in one push\n'])
    const many = await raw(w.agent, url, { body: pushBody({ updates: list(10_000) }) })
    const { report } = readBands(many.body)
    expect(report).toHaveLength(10_001)
    expect(report.at(-1)).toBe('ng refs/heads/b9999 stale info; fetch first')
  })

  test('a command list without end is refused at its bound', async () => {
    const updates = Array.from({ length: 400 }, (_, n) => ({
      ref: `refs/heads/${n}${'x'.repeat(4_000)}`,
      new: head,
    }))
    const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body: pushBody({ updates }) })
    expect([answer.status, answer.text]).toEqual([400, 'too many ref updates in one push\n'])
  })
})

describe('names of refs', () => {
  test.each([
    'refs/heads/a..b',
    'refs/heads/../../../etc/passwd',
    'refs/heads/a b',
    'refs/heads/a~1',
    'refs/heads/a^',
    'refs/heads/a:b',
    'refs/heads/a?',
    'refs/heads/a*',
    'refs/heads/a[b',
    'refs/heads/a\\b',
    'refs/heads/.a',
    'refs/heads/a.lock',
    'refs/heads/a//b',
    'refs/heads/a.',
    'refs/heads/a/',
    'refs/heads/@{-1}',
    'heads/a',
    'HEAD',
    '--upload-pack=evil',
    '/etc/passwd',
    `refs/heads/${'a'.repeat(300)}`,
    `refs/${'a/'.repeat(600)}b`,
    'refs/internal/a',
    'refs/pull/1/head',
  ])('%j is refused by its name alone', async (ref) => {
    const body = pushBody({ updates: [{ ref, new: head }] })
    const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body })
    const { report } = readBands(answer.body)
    expect(report[1]).toMatch(/^ng .* (invalid ref name|reserved ref)$/)
    expect((await w.onServer('for-each-ref', '--format=%(refname)')).stdout).toBe('refs/heads/main\n')
  })

  test.each(['refs/heads/a\nok refs/heads/b', 'refs/heads/a\x1b[2J', 'refs/heads/a\x7f'])(
    '%j, with a control character in it, is malformed',
    async (ref) => {
      const body = pushBody({ updates: [{ ref, new: head }] })
      const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body })
      expect([answer.status, answer.text]).toEqual([
        400,
        'malformed git request: control character in a ref name\n',
      ])
    },
  )

  test('a dash in front is a name as any other, and never an option', async () => {
    const names = ['refs/heads/-d', 'refs/heads/--stdin', 'refs/tags/-rf']
    for (const name of names) await w.agent.ok('push', w.repo.url, `${head}:${name}`)
    expect((await w.onServer('for-each-ref', '--format=%(refname)')).stdout.trim().split('\n')).toEqual(
      expect.arrayContaining(names),
    )
    await w.agent.ok('push', w.repo.url, ...names.map((name) => `:${name}`))
  })
})

describe('HTTP', () => {
  const authorised = () => `Host: x\r\nAuthorization: Bearer ${w.agent.token}\r\n`
  const infoRefs = '/acme/app.git/info/refs?service=git-upload-pack'

  test('a flood of headers is refused before anything is looked at', async () => {
    const flood = Array.from({ length: 2_000 }, (_, n) => `X-Flood-${n}: ${'x'.repeat(100)}\r\n`).join('')
    expect(await talk(`GET ${infoRefs} HTTP/1.1\r\n${authorised()}${flood}\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
  })

  test.each([
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n'],
    ['chunks that are not the last encoding', 'Transfer-Encoding: chunked, gzip\r\n'],
    ['a negative length', 'Content-Length: -4\r\n'],
    ['a name with a space', 'Content-Length : 4\r\n'],
  ])('a request with %s is malformed', async (_name, headers) => {
    const type = 'Content-Type: application/x-git-receive-pack-request\r\n'
    const request = `POST /acme/app.git/git-receive-pack HTTP/1.1\r\n${authorised()}${type}${headers}\r\n0000`
    expect(await talk(request)).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('a second credential does not replace the first, nor add to it', async () => {
    const second = `Authorization: Bearer ${w.owner.token}\r\n`
    const first = `Host: x\r\nAuthorization: Bearer ${w.stranger.token}\r\n`
    const answer = await talk(`GET ${infoRefs} HTTP/1.1\r\n${first}${second}Connection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 4/)
  })

  test.each([
    "'; drop table repositories; --",
    '../../../../etc',
    'a/../b',
    '%2e%2e%2f',
    'a\0b',
    '$(touch x)',
    '`id`',
  ])('a repository or an organisation called %j is data and no more', async (name) => {
    for (const fields of [
      { orgId: 'acme', name },
      { orgId: name, name: 'other' },
    ]) {
      const answer = await w.owner.fetch(`${w.url}/repos`, { method: 'POST', body: JSON.stringify(fields) })
      expect([201, 400, 403, 404, 422]).toContain(answer.status)
    }
    const path = `${w.url}/${encodeURIComponent(name)}/${encodeURIComponent(name)}`
    expect((await w.owner.fetch(`${path}/info/refs?service=git-upload-pack`)).status).toBe(404)
  })

  async function talk(text: string): Promise<string> {
    const { hostname, port } = new URL(w.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {}) // it may be closed while a flood is still on its way
    socket.write(text)
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
      if (answer.includes('\r\n\r\n')) socket.end()
    })
    await once(socket, 'close')
    return answer
  }
})

test.each([
  ['loose objects', 3],
  ['a pack', 120],
])(
  'an upload of %s that breaks off at any byte leaves no object, no quarantine and no process',
  async (_as, files) => {
    const dice = new Dice(files)
    const attacker = await w.actor('attacker', { accountId: w.owner.accountId })
    await attacker.start(w.repo.url)
    for (let n = 0; n < files; n++) await writeFile(join(attacker.dir, `${n}.bin`), randomBytes(2_000))
    await attacker.ok('add', '.')
    const tip = await attacker.commit('a.txt', 'never whole\n')
    const body = pushBody({ updates: [{ ref: 'refs/heads/cut', new: tip }], pack: await attacker.pack(tip) })
    for (let n = 0; n < 12; n++) await breakOff(body, 1 + dice.below(body.length - 1))

    await expectStillSound(w)
    expect(await w.has(tip)).toBe(false)
    expect((await w.onServer('for-each-ref', 'refs/heads/cut')).stdout).toBe('')
  },
)

/** Announces the whole body and goes away in the middle of it. */
async function breakOff(body: Buffer, at: number): Promise<void> {
  const request = openRaw(w.agent, `${w.repo.url}/git-receive-pack`, {
    headers: { 'content-length': String(body.length) },
  })
  request.on('error', () => {}) // our own doing
  await new Promise((written) => request.write(body.subarray(0, at), written))
  request.destroy()
  await new Promise((closed) => request.once('close', closed))
}
