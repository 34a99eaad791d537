/** What `sluice://` remotes do with a token, and what they do when a server refuses, redirects or breaks off. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { reservePort } from '../../src/compose/reserve-port.ts'
import { runGit, type GitRun } from '../support/actor.ts'
import { openGateway, type Gateway, type SeenRequest } from '../support/gateway.ts'
import { pathWithHelpers } from '../support/git-helpers.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let gateway: Gateway
let w: World
let PATH: string
let b: Workbench
/** Address of the repository for the helper, through the gateway. */
let url: string
beforeAll(async () => {
  const port = await reservePort('127.0.0.1', 0)
  gateway = await openGateway(`http://127.0.0.1:${port}`)
  w = await world({ settings: { SERVER_PORT: String(port), PUBLIC_BASE_URL: gateway.url } })
  PATH = await pathWithHelpers()
})
beforeEach(async () => {
  b = await workbench(w)
  url = sluiceUrl(b.repo.url)
  await b.agent.commit('a.txt', 'hello\n')
  gateway.reset()
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

const sluiceUrl = (httpUrl: string) => httpUrl.replace(/^http:/, 'sluice+http:')

/** git as the agent runs it. @param env over that of the helper */
function git(args: readonly string[], env: Record<string, string> = {}): Promise<GitRun> {
  const source = {
    SLUICE_URL: gateway.url,
    SLUICE_TOKEN_ENV: 'AGENT_TOKEN',
    AGENT_TOKEN: b.agent.token ?? '',
  }
  return runGit(args, { cwd: b.agent.dir, env: { PATH, HOME: b.agent.dir, ...source, ...env } })
}

const push = (env: Record<string, string> = {}) => git(['push', url, 'main'], env)
const isPush = ({ method, target }: SeenRequest) => method === 'POST' && target.endsWith('/git-receive-pack')

test('the subject token goes to the token endpoint only; git is asked with a short one for this repository', async () => {
  expect((await push()).code).toBe(0)
  expect((await git(['ls-remote', url])).code).toBe(0)
  const tokens = new Set(gateway.gitRequests.map(({ token }) => token))
  expect(tokens).not.toContain(b.agent.token)
  expect(tokens).not.toContain(null)
  const claims = [...tokens].map((token) => claimsOf(token ?? ''))
  const audience = url.replace('sluice+http:', 'http:').replace(/\.git$/, '')
  expect(claims.map(({ aud, scope }) => [[aud].flat(), scope])).toEqual([
    [[audience], 'repo:push'],
    [[audience], 'repo:pull'],
  ])
})

test('a credential goes to the four endpoints of smart HTTP and nowhere else', async () => {
  await push()
  await git(['clone', url, 'copy'])
  const carried = gateway.seen.filter(({ headers }) => headers.authorization !== undefined)
  const path = new URL(b.repo.url).pathname
  expect(carried.map(({ method, target }) => `${method} ${target}`)).toEqual([
    `GET ${path}/info/refs?service=git-receive-pack`,
    `POST ${path}/git-receive-pack`,
    `GET ${path}/info/refs?service=git-upload-pack`,
    `POST ${path}/git-upload-pack`,
    `POST ${path}/git-upload-pack`,
  ])
})

test('a token that is refused is exchanged anew, once, and the pack is sent again', async () => {
  let refusals = 0
  gateway.intervene = (seen, response) => {
    if (!isPush(seen) || refusals === 1) return false
    refusals += 1
    response.writeHead(401).end()
    return true
  }
  expect((await push()).code).toBe(0)
  const pushes = gateway.seen.filter(isPush)
  expect(pushes).toHaveLength(2)
  expect(pushes[0]?.token).not.toBe(pushes[1]?.token)
  expect(Object.keys(await b.refs())).toEqual(['refs/heads/main'])
})

test('a second refusal ends it, and says what to do', async () => {
  gateway.intervene = ({ target }, response) => {
    if (!target.includes('/info/refs')) return false
    response.writeHead(401).end()
    return true
  }
  const pushed = await push()
  expect(pushed.output).toContain(
    'fatal: sign in: run `sluice login`, or hand the helper a token that is valid',
  )
  expect(gateway.gitRequests).toHaveLength(2)
})

test.each(['info/refs', 'git-upload-pack'])(
  'a redirect of %s to another host is not followed',
  async (where) => {
    await push()
    await using elsewhere = await openGateway(gateway.url)
    gateway.intervene = ({ target }, response) => {
      if (!target.includes(where)) return false
      response.writeHead(307, { location: elsewhere.url + target }).end()
      return true
    }
    const run = await git(['ls-remote', url])
    expect(run.code).toBe(128)
    expect(run.output).toContain('redirect')
    expect(elsewhere.seen).toEqual([])
  },
)

test('a redirect on the same server is followed, and what comes after goes there', async () => {
  await push()
  gateway.reset()
  const path = new URL(b.repo.url).pathname
  gateway.intervene = ({ target }, response) => {
    if (!target.startsWith('/old/name/info/refs')) return false
    response.writeHead(301, { location: target.replace('/old/name', path) }).end()
    return true
  }
  const run = await git(['ls-remote', sluiceUrl(`${gateway.url}/old/name`)])
  expect(run.output).toContain('refs/heads/main')
  expect(gateway.gitRequests.map(({ target }) => target).at(-1)).toBe(`${path}/git-upload-pack`)
})

test('a server that is busy and took nothing is asked again after the time it names', async () => {
  let refusals = 0
  gateway.intervene = (seen, response) => {
    if (!isPush(seen) || refusals === 1) return false
    refusals += 1
    response.writeHead(503, { 'retry-after': '0', 'x-sluice-push-outcome': 'not-applied' }).end()
    return true
  }
  const pushed = await push()
  expect(pushed.output).toContain('The server is busy; pushing again in 0 s.')
  expect(pushed.code).toBe(0)
})

test.each([
  ['nobody says whether it was applied', {}],
  ['it is not known whether it was applied', { 'x-sluice-push-outcome': 'indeterminate' }],
  ['it would have to wait for an hour', { 'x-sluice-push-outcome': 'not-applied', 'retry-after': '3600' }],
])('a failed push is not sent again when %s', async (_when, headers) => {
  gateway.intervene = (seen, response) => {
    if (!isPush(seen)) return false
    response.writeHead(503, headers).end()
    return true
  }
  const pushed = await push()
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toContain('fatal: the server is busy; try again later (HTTP 503)')
  expect(gateway.seen.filter(isPush)).toHaveLength(1)
})

test('a connection that is lost in a push leaves the question open, and the helper says so', async () => {
  gateway.intervene = (seen, response) => {
    if (!isPush(seen)) return false
    response.destroy()
    return true
  }
  const pushed = await push()
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toContain('it is not known whether the push was applied: git fetch')
  expect(gateway.seen.filter(isPush)).toHaveLength(1)
})

test('an answer that is cut off in the middle of a fetch is no fetch', async () => {
  await b.agent.commit('large.bin', randomBytes(200_000))
  await push()
  gateway.intervene = ({ method, target }, response) => {
    if (method !== 'POST' || !target.endsWith('/git-upload-pack')) return false
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' })
    response.end('00ffversion')
    return true
  }
  const cloned = await git(['clone', url, 'copy'])
  expect(cloned.code).not.toBe(0)
  expect(cloned.output).toContain('fatal: the connection was lost before the answer was whole; fetch again')
})

test('a server that is not the configured one is asked without a token', async () => {
  const run = await git(['ls-remote', url], { SLUICE_URL: 'https://git.example.test' })
  expect(run.code).toBe(128)
  expect(gateway.seen.map(({ token }) => token)).toEqual([null])
})

test('a public repository is cloned by somebody who has no token at all', async () => {
  const made = await w.createRepo(`open-${randomBytes(4).toString('hex')}`, { visibility: 'public' })
  gateway.reset()
  const address = sluiceUrl(made.url)
  const run = await runGit(['clone', address, 'copy'], {
    cwd: b.agent.dir,
    env: { PATH, HOME: b.agent.dir },
  })
  expect(run.code).toBe(0)
  expect(gateway.seen.every(({ token }) => token === null)).toBe(true)
})

test('a hidden repository looks like an absent one', async () => {
  const hidden = await git(['ls-remote', url], { AGENT_TOKEN: w.stranger.token ?? '' })
  const absent = await git(['ls-remote', `${url.replace(/[^/]+$/, '')}absent.git`], {
    AGENT_TOKEN: w.stranger.token ?? '',
  })
  expect(hidden.output).toContain('repository not found')
  expect(hidden.output).toBe(absent.output)
})

test('the first push makes a repository where the token allows that', async () => {
  const detail = { type: 'git_repository', identifier: `acme/fresh-${randomBytes(4).toString('hex')}` }
  const maker = await w.actor('maker', {
    accountId: w.owner.accountId,
    authorizationDetails: [{ ...detail, actions: ['create', 'write'] }],
  })
  const address = sluiceUrl(`${gateway.url}/${detail.identifier}`)
  const pushed = await git(['push', address, 'main'], { AGENT_TOKEN: maker.token ?? '' })
  expect(pushed.output).toContain('* [new branch]      main -> main')
})

test.each([
  ['sluice+http://git.example.test/acme/app', 'sluice+http:// is for this machine only'],
  ['sluice://alice:secret@git.example.test/acme/app', 'a credential does not belong into an address'],
  ['sluice://git.example.test', 'the address names no repository'],
  ['sluice::ftp://git.example.test/acme/app', 'not an address of a repository'],
])('%s is no address to go to', async (address, reason) => {
  const run = await git(['ls-remote', address])
  expect(run.code).toBe(128)
  expect(run.output).toContain(`fatal: ${reason}`)
  expect(run.stderr).not.toContain('fatal: failed')
})

test('fetching without protocol version 2 says how to get it', async () => {
  await push()
  const run = await git(['-c', 'protocol.version=0', 'ls-remote', url])
  expect(run.output).toContain('fetching needs protocol version 2')
})

function claimsOf(token: string): { aud: string | string[]; scope: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    aud: string | string[]
    scope: string
  }
}
