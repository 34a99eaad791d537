/** How the server must speak HTTP so that git gets along with it: credentials, headers, error bodies. */
import { once } from 'node:events'
import { Agent, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { aroundQuarantine, overlay } from '../support/between.ts'
import { commandBody, openRaw, pushBody, raw } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

const BOTH_CHALLENGES = ['Bearer realm="sluice"', 'Basic realm="sluice"']

async function pushed(w: World): Promise<string> {
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.txt', 'hello\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  return head
}

/** Every value of a header, as it came. */
function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)
}

test('nobody is challenged twice over, whether the repository is private or not there at all', async () => {
  await using w = await world()
  for (const url of [w.repo.url, `${w.url}/acme/none.git`, `${w.url}/nowhere/none`, `${w.url}/git/none`]) {
    const answer = await raw(w.nobody, `${url}/info/refs?service=git-upload-pack`)
    expect(answer.status, url).toBe(401)
    expect(valuesOf(answer.rawHeaders, 'www-authenticate')).toEqual(BOTH_CHALLENGES)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['content-type']).toContain('text/plain')
  }
})

test('a push to a public repository is challenged, and a read of it is not', async () => {
  await using w = await world({ visibility: 'public' })
  const ask = (service: string) => raw(w.nobody, `${w.repo.url}/info/refs?service=${service}`)
  expect((await ask('git-upload-pack')).status).toBe(200)
  expect((await ask('git-receive-pack')).status).toBe(401)
})

test('a token in the URL opens a private repository to stock git', async () => {
  await using w = await world()
  const head = await pushed(w)
  const { host, pathname } = new URL(w.repo.url)
  for (const user of [`x-token:${w.owner.token}`, `${w.owner.token}:x-oauth-basic`]) {
    expect(await w.nobody.ok('ls-remote', `http://${user}@${host}${pathname}`, 'main')).toContain(head)
  }
})

test('a bad credential is 401 also where none is needed', async () => {
  await using w = await world({ visibility: 'public' })
  const answer = await raw(w.nobody, `${w.repo.url}/info/refs?service=git-upload-pack`, {
    headers: { authorization: 'Bearer nonsense' },
  })
  expect(answer.status).toBe(401)
})

test('whoever is signed in and has no access gets 404 from all three endpoints', async () => {
  await using w = await world()
  for (const path of ['info/refs?service=git-upload-pack', 'git-upload-pack', 'git-receive-pack']) {
    expect((await raw(w.stranger, `${w.repo.url}/${path}`)).status, path).toBe(404)
  }
})

test('whoever may read and not push is refused on the advertisement, where git shows it', async () => {
  await using w = await world({ visibility: 'public' })
  await w.stranger.start(w.repo.url)
  await w.stranger.commit('a.txt', 'mine\n')
  const refused = await w.stranger.git('push', 'origin', 'main')
  expect(refused.output).toContain('remote: not allowed')
  expect(refused.output).toContain('error: 403')
})

test('answers say, to the letter, that nobody may keep them', async () => {
  await using w = await world()
  const head = await pushed(w)
  const answers = {
    'git-upload-pack-advertisement': await raw(w.agent, `${w.repo.url}/info/refs?service=git-upload-pack`),
    'git-receive-pack-advertisement': await raw(w.agent, `${w.repo.url}/info/refs?service=git-receive-pack`),
    'git-upload-pack-result': await raw(w.agent, `${w.repo.url}/git-upload-pack`, {
      headers: { 'git-protocol': 'version=2' },
      body: commandBody('fetch', [`want ${head}`, 'done']),
    }),
    'git-receive-pack-result': await raw(w.agent, `${w.repo.url}/git-receive-pack`, {
      body: pushBody({ updates: [{ ref: 'refs/heads/main', old: head }] }),
    }),
  }
  for (const [type, { status, headers }] of Object.entries(answers)) {
    expect(status, type).toBe(200)
    expect(headers['content-type']).toBe(`application/x-${type}`)
    expect(headers.expires).toBe('Fri, 01 Jan 1980 00:00:00 GMT')
    expect(headers.pragma).toBe('no-cache')
    expect(headers['cache-control']).toBe('no-cache, max-age=0, must-revalidate')
  }
})

test('a pack is never compressed a second time', async () => {
  await using w = await world()
  const head = await pushed(w)
  const answer = await raw(w.agent, `${w.repo.url}/git-upload-pack`, {
    headers: { 'git-protocol': 'version=2', 'accept-encoding': 'gzip, deflate, br' },
    body: commandBody('fetch', [`want ${head}`, 'done']),
  })
  expect(answer.headers['content-encoding']).toBeUndefined()
  expect(answer.body.includes('PACK')).toBe(true)
})

test('error bodies on git routes are short plain text', async () => {
  await using w = await world()
  const long = 'x'.repeat(6_000)
  const answers = [
    await raw(w.nobody, `${w.repo.url}/info/refs?service=git-upload-pack`),
    await raw(w.owner, `${w.repo.url}/info/refs`),
    await raw(w.owner, `${w.repo.url}/info/refs?service=${long}`),
    await raw(w.owner, `${w.url}/acme/${long}/info/refs?service=git-upload-pack`),
    await raw(w.owner, `${w.repo.url}/git-upload-pack`, { body: 'zzzz' }),
    await raw(w.owner, `${w.repo.url}/git-receive-pack`, { body: 'fff5' }),
    await raw(w.owner, `${w.repo.url}/git-receive-pack`, {
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }),
  ]
  expect(answers.map((answer) => answer.status)).toEqual([401, 403, 400, 404, 400, 400, 415])
  for (const answer of answers) {
    expect(answer.headers['content-type']).toMatch(/^text\/plain/)
    expect(answer.body.length).toBeLessThanOrEqual(1024)
    expect(answer.text).not.toMatch(/[{<]/)
  }
})

test('a connection is kept for two minutes between the requests of one push', async () => {
  await using w = await world()
  const agent = new Agent({ keepAlive: true })
  const ports: number[] = []
  for (const service of ['git-receive-pack', 'git-upload-pack']) {
    const request = openRaw(w.owner, `${w.repo.url}/info/refs?service=${service}`, { agent })
    request.end()
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    ports.push(answer.socket.localPort ?? 0)
    answer.resume()
    await once(answer, 'end')
    expect(Number(/timeout=(\d+)/.exec(String(answer.headers['keep-alive']))?.[1])).toBeGreaterThanOrEqual(
      120,
    )
  }
  agent.destroy()
  expect(new Set(ports).size).toBe(1)
})

test('a push says in a header whether it was applied', async () => {
  await using w = await world()
  const head = await pushed(w)
  const url = `${w.repo.url}/git-receive-pack`
  const outcomeOf = async (ref: string) => {
    const body = pushBody({ updates: [{ ref, new: head }], pack: await w.agent.pack(head, head) })
    return (await raw(w.agent, url, { body })).headers['x-sluice-push-outcome']
  }
  expect(await outcomeOf('refs/heads/copy')).toBe('applied')
})

test('a refused push says in a trailer that it was not applied', async () => {
  await using w = await world()
  const head = await pushed(w)
  const body = pushBody({ updates: [{ ref: 'refs/internal/x', new: head }] })
  const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body })
  expect(answer.headers.trailer).toBe('X-Sluice-Push-Outcome')
  expect(answer.trailers['x-sluice-push-outcome']).toBe('not-applied')
})

test('a push whose refs may have moved before something broke says that nobody knows', async () => {
  await using w = await world({
    between: aroundQuarantine((real) => ({
      beginRefTransaction: (updates) =>
        overlay(real.beginRefTransaction(updates), {
          commit: () => Promise.reject(new Error('the disk is gone')),
        }),
    })),
  })
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.txt', 'hello\n')
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await w.agent.pack(head) })
  const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body })
  const outcome = answer.headers['x-sluice-push-outcome'] ?? answer.trailers['x-sluice-push-outcome']
  expect(outcome).toBe('indeterminate')
  expect(answer.text).toContain('ng refs/heads/main outcome unknown')
  expect(answer.text).not.toContain('the disk is gone')
})
