/**
 * A server is given every kind of secret, and every kind of credential in every place where it can end
 * up by mistake, while people push and clone. Then whatever the server has written or told is searched.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mintOpaqueToken } from '../../src/kernel/opaque-token.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { Actor } from '../support/actor.ts'
import { emptyDatabase, type Place } from '../support/databases.ts'
import { openGitDiary, type GitDiary } from '../support/git-diary.ts'
import { plantsIn, spellingsOf, type Plants } from '../support/plants.ts'
import { platformToken } from '../support/platform-token.ts'
import { descendantsOf } from '../support/processes.ts'
import { startRefusingRedis, type RefusingRedis } from '../support/redis-refusing.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'
import { startTellingProvider, type TellingProvider } from '../support/telling-provider.ts'
import { ACCESS_TOKEN, TOKEN_EXCHANGE } from '../support/token-endpoint.ts'

const SETTINGS = {
  AUTH_COOKIE_SECRET: `cookie-${randomBytes(24).toString('hex')}`,
  INTERNAL_SERVICE_TOKEN: `internal-${randomBytes(24).toString('hex')}`,
  SLUICE_KEY_SECRET: `key-${randomBytes(24).toString('hex')}`,
  SLUICE_LOGIN_CLIENT_SECRET: `client-${randomBytes(24).toString('hex')}`,
} as const
const REDIS_PASSWORD = `redis-${randomBytes(24).toString('hex')}`
const LOGIN_CLIENT = 'sluice-at-the-provider'
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

let dir: string
let place: Place
let provider: TellingProvider
let redis: RefusingRedis
let diary: GitDiary
let server: ServerProcess
let database: Database
const owner = randomUUID()
/** Everything planted, and everything that was heard back but for the answers that hand a secret out. */
const planted: Record<string, string> = {}
const answers: string[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-planted-'))
  place = await emptyDatabase()
  provider = await startTellingProvider(LOGIN_CLIENT)
  redis = await startRefusingRedis()
  diary = await openGitDiary(dir)
  const { url } = place.address
  server = await startServer('main', {
    ...SETTINGS,
    PATH: diary.path,
    SLUICE_DATA_DIR: join(dir, 'data'),
    SERVER_PORT: '0',
    SLUICE_LOG_LEVEL: 'trace',
    REDIS_URL: redis.urlWith(REDIS_PASSWORD),
    SLUICE_LOGIN_ISSUER: provider.issuer,
    SLUICE_LOGIN_CLIENT_ID: LOGIN_CLIENT,
    SLUICE_ISSUERS: JSON.stringify([
      { issuer: provider.issuer, audience: 'sluice', jwksUri: provider.jwksUri, algorithms: ['RS256'] },
    ]),
    ...(url === null ? {} : { DATABASE_URL: url }),
    SLUICE_RATE_TOKENS_PER_MINUTE: '0',
    SLUICE_RATE_READS_PER_MINUTE: '100000',
    SLUICE_RATE_WRITES_PER_MINUTE: '100000',
  })
  database = await openDatabase({ url, path: join(dir, 'data', 'sluice.db') })
  Object.assign(planted, SETTINGS, { REDIS_URL: REDIS_PASSWORD })
  await plantCredentials()
  await useRightly()
  for (const secret of Object.values(planted)) await misplace(secret)
  await failUpstream()
}, 120_000)

afterAll(async () => {
  await database?.close()
  await server?.[Symbol.asyncDispose]()
  await Promise.all([redis, provider, place].map((one) => one?.[Symbol.asyncDispose]()))
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
})

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any

/** A request whose answer is searched. */
async function ask(path: string, init: RequestInit = {}): Promise<number> {
  const answer = await fetch(server.url + path, { redirect: 'manual', ...init })
  answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`)
  return answer.status
}

/** A request whose answer hands a secret out; fails loudly when it does not. */
async function obtain(path: string, init: RequestInit): Promise<Json> {
  const answer = await fetch(server.url + path, init)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

function form(parameters: Record<string, string>): RequestInit {
  return { method: 'POST', body: new URLSearchParams(parameters) }
}

function json(credential: string, body: object, method = 'POST'): RequestInit {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
  return { method, headers, body: JSON.stringify(body) }
}

const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`

async function plantCredentials(): Promise<void> {
  const login = await platformToken(Buffer.from(SETTINGS.AUTH_COOKIE_SECRET), {
    accountId: owner,
    name: 'ada',
  })
  for (const name of ['app', 'one', 'two']) await ask('/repos', json(login, { orgId: 'acme', name }))
  planted['admin token'] = /^slc_admin_\w+$/m.exec(server.printed())?.[0] ?? 'not printed'
  planted['login'] = login
  planted['login of another issuer'] = await provider.token('bob', 'sluice')
  const subject = { grant_type: TOKEN_EXCHANGE, subject_token: login, subject_token_type: ACCESS_TOKEN }
  const exchanged = await obtain('/oauth/token', form({ ...subject, audience: `${server.url}/acme/app` }))
  planted['exchanged token'] = exchanged.access_token
  planted['personal token'] = (await obtain('/tokens', json(login, { name: 'laptop' }))).token
  await plantMachine(login)
  await plantDeviceLogin()
  planted['token of nobody'] = mintOpaqueToken('personal').token
}

async function plantMachine(login: string): Promise<void> {
  const machine = await obtain('/accounts', json(login, { kind: 'agent', displayName: 'agent-7' }))
  const { token } = await obtain('/tokens', json(login, { name: 'secret', account: machine.id }))
  planted['client secret'] = token
  const credentials = { grant_type: 'client_credentials', client_id: machine.id, client_secret: token }
  planted['token of a client'] = (await obtain('/oauth/token', form(credentials))).access_token
  const claims = { sub: 'workload-*' }
  const binding = { issuer: provider.issuer, audience: 'sluice', claims }
  await ask(`/accounts/${machine.id}/bindings`, json(login, binding))
  const assertion = await provider.token('workload-7', 'sluice')
  planted['assertion'] = assertion
  const asserted = await obtain('/oauth/token', form({ grant_type: JWT_BEARER, assertion }))
  planted['token of a workload'] = asserted.access_token
  const delegated = { subject_token: login, subject_token_type: ACCESS_TOKEN, actor_token: token }
  const wanted = { grant_type: TOKEN_EXCHANGE, ...delegated, actor_token_type: ACCESS_TOKEN }
  planted['delegated token'] = (await obtain('/oauth/token', form(wanted))).access_token
}

async function plantDeviceLogin(): Promise<void> {
  const client = { client_id: 'laptop' }
  const started = await obtain('/oauth/device_authorization', form(client))
  planted['device code'] = started.device_code
  const poll = form({ ...client, grant_type: DEVICE_CODE, device_code: started.device_code })
  const loggedIn = await obtain('/oauth/token', poll)
  planted['token of a login by device'] = loggedIn.access_token
  planted['used refresh token'] = loggedIn.refresh_token
  const refresh = { ...client, grant_type: 'refresh_token', refresh_token: loggedIn.refresh_token }
  planted['refresh token'] = (await obtain('/oauth/token', form(refresh))).refresh_token
  provider.secrets.forEach((secret, i) => (planted[`secret ${i} of the provider`] = secret))
}

/** Pushes, clones, introspection, revocation. */
async function useRightly(): Promise<void> {
  const repo = `${server.url}/acme/app.git`
  const login = planted['login'] ?? ''
  for (const name of ['login', 'exchanged token', 'personal token', 'delegated token', 'client secret']) {
    const token = planted[name] ?? ''
    const home = join(dir, randomUUID())
    await mkdir(home)
    const actor = new Actor({ name: 'ada', accountId: owner, token, dir: home })
    const withToken = repo.replace('://', `://git:${token}@`)
    const alone = new Actor({ name: 'ada', accountId: owner, token: null, dir: home })
    await actor.start(repo)
    await actor.commit('file', randomUUID())
    await actor.ok('push', '-q', 'origin', `HEAD:refs/heads/${randomUUID()}`)
    await alone.ok('push', '-q', withToken, `HEAD:refs/heads/${randomUUID()}`)
    await alone.ok('clone', '-q', '--bare', withToken, 'clone')
    await alone.ok('ls-remote', repo.replace('://', `://${token}:x-oauth-basic@`))
    await alone.git('ls-remote', withToken.replace('app.git', 'other.git'))
    await alone.git('push', withToken, `HEAD:refs/pull/1/head`)
    await ask('/oauth/introspect', { ...form({ token }), headers: { authorization: `Bearer ${login}` } })
    await ask('/whoami', { headers: { authorization: `Bearer ${token}` } })
  }
  const revoked = await obtain('/tokens', json(login, { name: 'to be revoked' }))
  planted['revoked token'] = revoked.token
  await ask('/oauth/revoke', form({ token: revoked.token }))
  for (const path of ['/tokens', '/accounts', '/repos', '/repos/acme/app/branches', '/metrics', '/health'])
    await ask(path, { headers: { authorization: `Bearer ${login}` } })
}

const HEADERS = [
  'x-internal-token',
  'cookie',
  'x-agent-id',
  'idempotency-key',
  'if-none-match',
  'git-protocol',
]
const PARAMETERS = [
  'subject_token',
  'actor_token',
  'client_secret',
  'client_id',
  'refresh_token',
  'assertion',
  'device_code',
  'token',
  'scope',
  'audience',
  'authorization_details',
  'subject_token_type',
]
const GRANTS = [TOKEN_EXCHANGE, JWT_BEARER, DEVICE_CODE, 'client_credentials', 'refresh_token']

/** Every way to lay a secret where it is not expected, whole and mangled. */
async function misplace(secret: string): Promise<void> {
  const login = { authorization: `Bearer ${planted['login'] ?? ''}` }
  const encoded = encodeURIComponent(secret)
  await misplaceInAddress(encoded, login)
  for (const value of schemesOf(secret))
    for (const path of ['/repos/acme/app', '/acme/app.git/info/refs?service=git-upload-pack', '/whoami'])
      await ask(path, { headers: { authorization: value } })
  for (const name of HEADERS) {
    await ask('/repos/acme/app', { headers: { ...login, [name]: secret } })
    const named = { ...json(planted['login'] ?? '', { orgId: 'acme', name: 'app' }), method: 'POST' }
    await ask('/repos', {
      ...named,
      headers: { ...login, 'content-type': 'application/json', [name]: secret },
    })
  }
  for (const body of [{ name: { secret } }, { orgId: `${secret}!`, name: 'x' }, { token: secret }, secret])
    for (const path of ['/repos', '/tokens', '/accounts', '/repos/acme/app/pulls'])
      await ask(path, json(planted['login'] ?? '', body as object))
  await ask('/repos', {
    method: 'POST',
    headers: { ...login, 'content-type': 'application/json' },
    body: secret,
  })
  await misplaceInForms(secret)
}

async function misplaceInAddress(encoded: string, headers: Record<string, string>): Promise<void> {
  for (const path of [
    `/repos/acme/app?access_token=${encoded}`,
    `/repos?limit=1&token=${encoded}`,
    `/repos?cursor=${encoded}`,
    `/repos/acme/${encoded}`,
    `/tokens/${encoded}`,
    `/accounts/${encoded}`,
    `/${encoded}/app.git/info/refs?service=git-upload-pack`,
    `/acme/app.git/info/refs?service=${encoded}`,
    `/nowhere/${encoded}`,
  ])
    for (const options of [{}, { headers }]) await ask(path, options)
}

function schemesOf(secret: string): string[] {
  return [
    `Token ${secret}`,
    `Digest ${secret}`,
    `Nostr ${secret}`,
    `Bearer ${secret} ${secret}`,
    `Bearer ${secret}x`,
    `Bearer ${secret.slice(0, -1)}`,
    `Basic ${secret}`,
    basic('user', `${secret}x`),
    basic(secret, 'nothing'),
    basic(`${secret}x`, ''),
    basic(`${secret}x`, 'x-oauth-basic'),
    secret,
  ]
}

/** Nothing of this is good enough for a new token: a mangled secret, or one of another kind. */
async function misplaceInForms(secret: string): Promise<void> {
  for (const value of [`${secret}x`, `${secret} `])
    for (const parameter of PARAMETERS) {
      const type = { subject_token_type: ACCESS_TOKEN, actor_token_type: ACCESS_TOKEN }
      for (const grant_type of GRANTS)
        await ask('/oauth/token', form({ ...type, grant_type, [parameter]: value }))
    }
  for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/device_authorization', '/oauth/token']) {
    await ask(path, form({ token: `${secret}x`, token_type_hint: secret }))
    await ask(path, form({ [secret]: secret, grant_type: secret }))
    await ask(
      `${path}?token=${encodeURIComponent(secret)}&client_secret=${encodeURIComponent(secret)}`,
      form({}),
    )
    await ask(path, { ...form({}), headers: { authorization: basic('client', `${secret}x`) } })
  }
}

/** A provider that fails, and repeats what it was sent. */
async function failUpstream(): Promise<void> {
  const client = { client_id: 'laptop' }
  const { device_code } = await obtain('/oauth/device_authorization', form(client))
  planted['device code of a failure'] = device_code
  planted['secret of the provider'] = provider.secrets.at(-1) ?? ''
  provider.fail(true)
  await ask('/oauth/token', form({ ...client, grant_type: DEVICE_CODE, device_code }))
  await ask('/oauth/device_authorization', form(client))
}

async function rowsOf(table: string): Promise<string> {
  const { rows } = await sql`select * from ${sql.table(table)}`.execute(database.kysely)
  return rows.map((row) => JSON.stringify(row)).join('\n')
}

async function tables(): Promise<string[]> {
  return (await database.kysely.introspection.getTables()).map(({ name }) => name)
}

test.each([
  ['plain', (s: string) => s],
  ['base64 behind a user name', (s: string) => btoa(`user:${s}`)],
  ['base64 behind another one', (s: string) => btoa(`ab:${s}`)],
  ['hex', (s: string) => Buffer.from(s).toString('hex')],
  ['its end', (s: string) => s.slice(-24)],
])('the search finds a secret that is there: %s', (_how, leak) => {
  const [name, secret] = Object.entries(planted)[0] ?? ['', '']
  expect(plantsIn(`before ${leak(secret)} after`, planted)).toEqual([name])
  for (const [name, secret] of Object.entries(planted))
    expect(plantsIn(`"${leak(secret)}"`, planted)).toContain(name)
  expect(plantsIn('a text like any other', planted)).toEqual([])
})

test('every kind of secret was planted, and no two are taken for each other', () => {
  expect(Object.keys(planted).length).toBeGreaterThanOrEqual(20)
  for (const secret of Object.values(planted)) {
    expect(secret.length).toBeGreaterThan(20)
    expect(Math.min(...spellingsOf(secret).map((spelling) => spelling.length))).toBeGreaterThan(15)
  }
})

test('the log holds none, though every kind of failure was logged', () => {
  const log = server.log()
  for (const line of ['redis', 'WRONGPASS', 'login provider not reached']) expect(log).toContain(line)
  expect(plantsIn(log, planted)).toEqual([])
})

test('standard output holds the admin token and no other', () => {
  expect(plantsIn(server.printed(), planted)).toEqual(['admin token'])
})

test('no event holds one', async () => {
  const events = await rowsOf('events')
  for (const type of ['push', 'token.minted', 'token.revoked', 'account.created', 'account.bound'])
    expect(events).toContain(`"${type}"`)
  expect(plantsIn(events, planted)).toEqual([])
})

test('no table of the database holds one: only hashes, and what is sealed', async () => {
  const names = await tables()
  expect(names).toEqual(
    expect.arrayContaining(['opaque_tokens', 'refresh_tokens', 'device_logins', 'signing_keys']),
  )
  for (const name of names) expect([name, plantsIn(await rowsOf(name), planted)]).toEqual([name, []])
  expect(await rowsOf('signing_keys')).not.toContain('"d":')
})

test('no file below the data directory holds one, nor any that git keeps', async () => {
  const below = await readdir(join(dir, 'data'), { recursive: true, withFileTypes: true })
  const files = below.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  expect(files.some((file) => file.endsWith('/HEAD'))).toBe(true)
  for (const file of files)
    expect([file, plantsIn(await readFile(file, 'latin1'), planted)]).toEqual([file, []])
})

test('no process below the server was told one, in words or environment', async () => {
  const told = await diary.read()
  for (const word of ['upload-pack', 'update-ref', 'GIT_CONFIG_NOSYSTEM=1']) expect(told).toContain(word)
  expect(plantsIn(told, planted)).toEqual([])
  const below = descendantsOf(server.pid)
  expect(below.some(({ command }) => command.includes('launcher-process'))).toBe(true)
  for (const { pid, command } of below) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
    expect(plantsIn(`${command}\n${environment}`, planted)).toEqual([])
  }
})

test('no answer repeats one, but for those that hand it out', () => {
  expect(answers.length).toBeGreaterThan(1_000)
  const leaking = answers.filter((answer) => plantsIn(answer, planted as Plants).length > 0)
  expect(leaking.slice(0, 5)).toEqual([])
})
