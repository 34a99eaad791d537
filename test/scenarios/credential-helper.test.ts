/** Stock git with git-credential-sluice: short tokens for what it does, and the subject token nowhere. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loginDirectory, LoginFiles } from '../../src/client/logins/login-files.ts'
import { reservePort } from '../../src/compose/reserve-port.ts'
import type { GitRun } from '../support/actor.ts'
import { openGateway, type Gateway, type SeenRequest } from '../support/gateway.ts'
import { pathWithHelpers } from '../support/git-helpers.ts'
import { startIssuer, type Issuer } from '../support/issuer.ts'
import { filesHolding, processesShowing } from '../support/traces-of.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'
import { newerGit } from '../support/newer-git.ts'

const NEW_GIT = newerGit()

const AUDIENCE = 'https://sluice.example'

let gateway: Gateway
/** What gives the agent's machine its identity. */
let platform: Issuer
let w: World
let PATH: string
let b: Workbench
let head: string
/** Somebody's home without anything in it. */
let home: string
beforeAll(async () => {
  const port = await reservePort('127.0.0.1', 0)
  gateway = await openGateway(`http://127.0.0.1:${port}`)
  platform = await startIssuer({ audience: AUDIENCE })
  const workloads = {
    issuer: platform.issuer,
    jwksUri: platform.jwksUri,
    audience: AUDIENCE,
    use: 'workload',
  }
  w = await world({
    settings: {
      SERVER_PORT: String(port),
      PUBLIC_BASE_URL: gateway.url,
      SLUICE_ISSUERS: JSON.stringify([workloads]),
    },
  })
  PATH = await pathWithHelpers()
  b = await workbench(w)
  head = await b.agent.commit('a.txt', 'hello\n')
  await b.agent.ok('push', 'origin', 'main')
})
beforeEach(async () => {
  gateway.reset()
  home = join(w.dir, `home-${randomUUID()}`)
  await mkdir(home)
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await platform[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

interface Surroundings {
  readonly env?: Record<string, string>
  readonly path?: string
  readonly descriptor?: number
}

/** git in `home`, with the helper configured as the manual says. @param source argument of the helper */
async function git(source: string, args: readonly string[], opts: Surroundings = {}): Promise<GitRun> {
  const config = [
    `credential.${gateway.url}.helper=sluice --url=${gateway.url} ${source}`,
    `credential.${gateway.url}.useHttpPath=true`,
  ]
  return await runGitWith(config.flatMap((setting) => ['-c', setting]).concat(args), opts)
}

const run = promisify(execFile)

async function runGitWith(args: readonly string[], { env = {}, path = PATH, descriptor }: Surroundings) {
  const command =
    descriptor === undefined ? 'exec git "$@"' : `exec git "$@" 3</proc/${process.pid}/fd/${descriptor}`
  const surroundings = {
    PATH: path,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    ...env,
  }
  const done = await run('sh', ['-c', command, 'sh', ...args], { cwd: home, env: surroundings }).catch(
    (err: { code: number; stdout: string; stderr: string }) => err,
  )
  const { stdout, stderr } = done
  return {
    code: 'code' in done ? done.code : 0,
    stdout,
    bytes: Buffer.from(stdout),
    stderr,
    output: stdout + stderr,
  }
}

const exchanges = () => gateway.seen.filter(({ target }) => target === '/oauth/token')
const schemes = () => gateway.gitRequests.map(({ headers }) => headers.authorization?.split(' ')[0] ?? 'none')

/** The password of Basic, or the token of Bearer. */
function secretOf({ headers, token }: SeenRequest): string | null {
  const [, basic] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? []
  return basic === undefined
    ? token
    : Buffer.from(basic, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
}

function claimsOf(token: string): { aud: string; scope: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

const fromVariable = { env: { OWNER_TOKEN: '' } }
beforeAll(() => {
  fromVariable.env = { OWNER_TOKEN: w.owner.token ?? '' }
})
const VARIABLE = '--token-env=OWNER_TOKEN'

test('clone, fetch and push work by the helper alone, each with a short token for this repository', async () => {
  const address = b.repo.url
  expect((await git(VARIABLE, ['clone', '-q', address, 'copy'], fromVariable)).output).toBe('')
  const author = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@b',
  }
  const env = { ...fromVariable.env, ...author }
  await git(VARIABLE, ['-C', 'copy', 'commit', '-q', '--allow-empty', '-m', 'more'], { env })
  const pushed = await git(VARIABLE, ['-C', 'copy', 'push', 'origin', 'HEAD:refs/heads/more'], { env })
  expect(pushed.output).toContain('* [new branch]')
  expect((await git(VARIABLE, ['-C', 'copy', 'fetch'], fromVariable)).code).toBe(0)

  const secrets = gateway.gitRequests.map(secretOf).filter((secret) => secret !== null)
  expect(secrets).not.toContain(w.owner.token)
  const audience = address.replace(/\.git$/, '')
  for (const secret of secrets)
    expect(claimsOf(secret)).toMatchObject({ aud: audience, scope: 'repo:pull repo:push' })
  expect(exchanges()).toHaveLength(3)
})

test('a token that the server refuses is erased, and git says that it could not sign in', async () => {
  gateway.intervene = ({ headers }, response) => {
    if (!/^Basic/.test(headers.authorization ?? '')) return false
    response.writeHead(401, { 'www-authenticate': 'Basic realm="sluice"' }).end()
    return true
  }
  const listed = await git(VARIABLE, ['ls-remote', b.repo.url], fromVariable)
  expect(listed.code).toBe(128)
  expect(listed.output).toContain('Authentication failed')
})

test('a login that is no longer accepted is told once, and nobody is asked for a password', async () => {
  const listed = await git(VARIABLE, ['ls-remote', b.repo.url], { env: { OWNER_TOKEN: 'not-valid' } })
  expect(listed.output).toContain('git-credential-sluice: the server gave no token')
  expect(listed.output).toContain('told us to quit')
  expect(listed.output).not.toContain('not-valid')
})

describe('signed in by `sluice login`', () => {
  const login = (signedInAt = 0) =>
    new LoginFiles(loginDirectory({ HOME: home })).write({
      server: gateway.url,
      token: w.owner.token ?? '',
      expiresAt: null,
      refreshToken: null,
      account: { id: w.owner.accountId, displayName: 'owner' },
      signedInAt,
    })

  test('several gits share one exchange', async () => {
    await login()
    for (const _ of [1, 2, 3]) {
      expect((await git('', ['ls-remote', b.repo.url])).stdout).toContain(head)
    }
    expect(exchanges()).toHaveLength(1)
  })

  test('a stored token that is refused is forgotten, and the next git gets another', async () => {
    await login()
    await git('', ['ls-remote', b.repo.url])
    const refused = gateway.gitRequests.map(secretOf).at(-1)
    gateway.intervene = (seen, response) => {
      if (secretOf(seen) !== refused) return false
      response.writeHead(401, { 'www-authenticate': 'Basic realm="sluice"' }).end()
      return true
    }
    expect((await git('', ['ls-remote', b.repo.url])).code).toBe(128)
    expect((await git('', ['ls-remote', b.repo.url])).code).toBe(0)
    expect(exchanges()).toHaveLength(2)
  })

  test('what was got with a login is not used after the next one, which may be allowed less-regression', async () => {
    await login()
    await git('', ['ls-remote', b.repo.url])
    await login(1)
    await git('', ['ls-remote', b.repo.url])
    expect(exchanges()).toHaveLength(2)
    expect(new Set(gateway.gitRequests.map(secretOf).filter((secret) => secret !== null)).size).toBe(2)
  })

  test.each([
    ['in its place', () => gateway.url, () => w.owner.token, 0],
    ['empty', () => gateway.url, () => '', 128],
    ['for another server', () => 'https://git.example.test', () => w.owner.token, 128],
  ])('the login is not used where SLUICE_TOKEN is set, %s-regression', async (_how, server, token, code) => {
    await login()
    const env = { SLUICE_URL: server(), SLUICE_TOKEN: token() ?? '' }
    const sluice = b.repo.url.replace(/^http:/, 'sluice+http:')
    const config = ['-c', `credential.helper=sluice --url=${gateway.url}`]
    for (const address of [b.repo.url, sluice])
      expect((await runGitWith([...config, 'ls-remote', address], { env })).code).toBe(code)
    expect(await readdir(home)).toEqual(['.config']) // the login; no token was kept
  })

  test('the login of one server is not shown to another', async () => {
    await login()
    await using other = await openGateway(gateway.url)
    const args = ['-c', `credential.helper=sluice`, 'ls-remote', b.repo.url.replace(gateway.url, other.url)]
    expect((await runGitWith(args, {})).code).toBe(128)
    expect(exchanges()).toEqual([])
    expect(other.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true)
  })
})

describe('a workload', () => {
  const bindTo = async (displayName: string) => {
    const post = async (path: string, body: object) => {
      const answer = await w.owner.fetch(w.url + path, { method: 'POST', body: JSON.stringify(body) })
      expect(answer.status).toBe(201)
      return (await answer.json()) as { id: string }
    }
    const { id } = await post('/accounts', { kind: 'agent', displayName })
    await post(`/accounts/${id}/bindings`, {
      issuer: platform.issuer,
      audience: AUDIENCE,
      claims: { sub: platform.clientId },
    })
    return id
  }

  test('needs no token of ours: what its platform signs is exchanged for one of its machine', async () => {
    await bindTo('first')
    const identity = await platform.accessToken()
    await writeFile(join(home, 'identity'), identity)
    const file = `--token-file=${join(home, 'identity')}`
    expect((await git(file, ['ls-remote', b.repo.url])).output).toContain('needs --workload')
    const source = `${file} --workload`
    expect((await git(source, ['ls-remote', b.repo.url])).stdout).toContain(head)
    const env = { SLUICE_URL: gateway.url, SLUICE_TOKEN_FILE: join(home, 'identity'), SLUICE_WORKLOAD: '1' }
    const address = b.repo.url.replace(/^http:/, 'sluice+http:')
    expect((await runGitWith(['ls-remote', address], { env })).stdout).toContain(head)
    for (const secret of gateway.gitRequests.map(secretOf))
      expect(secret).not.toBe(await platform.accessToken())

    const second = await bindTo('second')
    expect((await git(source, ['ls-remote', b.repo.url])).output).toContain('told us to quit')
    expect((await git(`${source} --client-id=${second}`, ['ls-remote', b.repo.url])).stdout).toContain(head)
  })
})

describe('an agent in a sandbox', () => {
  /** Looks around at every request: whose arguments or environment show the subject token or the one in use? */
  function lookAround(secret: string): string[] {
    const found: string[] = []
    gateway.intervene = (seen) => {
      const inUse = secretOf(seen)
      found.push(...processesShowing(secret), ...(inUse === null ? [] : processesShowing(inUse)))
      return false
    }
    return found
  }

  const tokensSeen = () => gateway.gitRequests.map(secretOf).filter((secret) => secret !== null)

  /** A descriptor of a file that is there no more. */
  async function vanished(secret: string) {
    const path = join(home, 'token')
    await writeFile(path, secret)
    const file = await open(path, 'r')
    await rm(path)
    return file
  }

  test('works with a token that is in no file, no argument and no environment', async () => {
    const secret = w.owner.token ?? ''
    await using file = await vanished(secret)
    const found = lookAround(secret)
    const opts = { descriptor: file.fd }
    expect((await git('--token-fd=3', ['clone', '-q', b.repo.url, 'copy'], opts)).output).toBe('')
    const pushed = await git(
      '--token-fd=3',
      ['-C', 'copy', 'push', 'origin', 'HEAD:refs/heads/sandbox'],
      opts,
    )
    expect(pushed.code).toBe(0)
    expect(tokensSeen()).toHaveLength(5)
    expect(found).toEqual([])
    expect(await filesHolding(home, [secret, ...tokensSeen()])).toEqual([])
  })

  test('works so with sluice:// as well', async () => {
    const secret = w.owner.token ?? ''
    await using file = await vanished(secret)
    const found = lookAround(secret)
    const opts = { descriptor: file.fd, env: { SLUICE_URL: gateway.url, SLUICE_TOKEN_FD: '3' } }
    const address = b.repo.url.replace(/^http:/, 'sluice+http:')
    expect((await runGitWith(['clone', '-q', address, 'copy'], opts)).output).toBe('')
    const pushed = await runGitWith(['-C', 'copy', 'push', 'origin', 'HEAD:refs/heads/direct'], opts)
    expect(pushed.output).toContain('* [new branch]')
    expect(found).toEqual([])
    expect(await filesHolding(home, [secret, ...tokensSeen()])).toEqual([])
  })

  test('and were it there, it would have been found', async () => {
    const secret = w.owner.token ?? ''
    const found = lookAround(secret)
    await git(VARIABLE, ['ls-remote', b.repo.url], fromVariable)
    expect(found.length).toBeGreaterThan(0)
    await writeFile(join(home, 'token'), `x${secret}x`)
    expect(await filesHolding(home, [secret])).toEqual([join(home, 'token')])
  })

  test('what git send-pack is started with has no token, though it is in the environment of the helper', async () => {
    const opts = { env: { ...fromVariable.env, SLUICE_URL: gateway.url, SLUICE_TOKEN_ENV: 'OWNER_TOKEN' } }
    const address = b.repo.url.replace(/^http:/, 'sluice+http:')
    await git(VARIABLE, ['clone', '-q', b.repo.url, 'copy'], fromVariable)
    const found = lookAround(w.owner.token ?? '')
    await runGitWith(['-C', 'copy', 'push', address, 'HEAD:refs/heads/by-name'], opts)
    expect(found.some((where) => where.includes('remote-sluice'))).toBe(true)
    expect(found.filter((where) => where.includes('send-pack'))).toEqual([])
  })
})

// Debian's git is older than the capability; whoever wants this held against a new one names its directory.
describe.skipIf(NEW_GIT === undefined)('git 2.46 or newer', () => {
  const withNewGit = () => ({ ...fromVariable, path: `${NEW_GIT}:${PATH}` })

  test('is there', async () => {
    const [, minor = '0'] =
      /version 2\.(\d+)/.exec((await runGitWith(['--version'], withNewGit())).stdout) ?? []
    expect(Number(minor)).toBeGreaterThanOrEqual(46)
  })

  test('sends the token as Bearer, and saves it nowhere', async () => {
    const listed = await git(VARIABLE, ['ls-remote', b.repo.url], withNewGit())
    expect(listed.stdout).toContain(head)
    expect(schemes()).toEqual(['none', 'Bearer', 'Bearer'])
    expect(await readdir(home)).toEqual([])
  })
})
