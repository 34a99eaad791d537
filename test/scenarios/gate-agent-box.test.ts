/**
 * gate.md, section 6: an agent works through gates before a forge behind ssh and one behind https, from a box of its
 * own. Then everything in the box, and everything that the server has started, written or told, is searched for the
 * credentials of the upstreams.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { watch } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TABLE_NAMES } from '../../src/store/backup/tables.ts'
import { openDatabase } from '../../src/store/database.ts'
import { Actor, runGit, type GitRun } from '../support/actor.ts'
import { cliHome, type CliHome } from '../support/cli.ts'
import { emptyDatabase, type Place } from '../support/databases.ts'
import { openGitDiary, type GitDiary } from '../support/git-diary.ts'
import { pathWithHelpers } from '../support/git-helpers.ts'
import { openHttpsUpstream, type HttpsUpstream } from '../support/https-upstream.ts'
import { holdsKey, holdsPassword } from '../support/key-plants.ts'
import { pathsBelow } from '../support/paths-below.ts'
import { platformToken } from '../support/platform-token.ts'
import { descendantsOf } from '../support/processes.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'
import { openSshd, type Sshd } from '../support/sshd.ts'

const SETTINGS = {
  AUTH_COOKIE_SECRET: randomBytes(32).toString('hex'),
  INTERNAL_SERVICE_TOKEN: randomBytes(24).toString('hex'),
  SLUICE_GATE_ALLOW_PRIVATE: '1',
  SLUICE_GATE_CONNECT_SECONDS: '2',
  SLUICE_GATE_IDLE_SECONDS: '2',
  SLUICE_LOG_LEVEL: 'trace',
  SLUICE_RATE_TOKENS_PER_MINUTE: '0',
}

let dir: string
let place: Place
let ssh: Sshd
let https: HttpsUpstream
let diary: GitDiary
let server: ServerProcess
/** The agent's machine: a home of its own with a login, and nothing else. */
let box: CliHome
let boxPath: string
let ownerToken: string
/** What both forges are called at the forge. */
let urls: { readonly ssh: string; readonly https: string }
/** Everything that was heard from the server, by whomever. */
const heard: string[] = []
const settings = () => ({
  ...SETTINGS,
  PATH: diary.path,
  SLUICE_DATA_DIR: join(dir, 'data'),
  SERVER_PORT: '0',
  ...(place.address.url === null ? {} : { DATABASE_URL: place.address.url }),
})

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-agent-box-'))
  ;[ssh, https, place] = await Promise.all([openSshd(), openHttpsUpstream(), emptyDatabase()])
  diary = await openGitDiary(dir)
  server = await startServer('main', settings())
  const owner = randomUUID()
  const secret = Buffer.from(SETTINGS.AUTH_COOKIE_SECRET)
  ownerToken = await platformToken(secret, { accountId: owner, name: 'owner' })
  urls = { ssh: await upstreamAt(ssh, 'forge/widgets'), https: await upstreamAt(https, 'forge/gadgets') }
  await declare('widgets', {
    url: urls.ssh,
    key: { provider: 'static', privateKey: ssh.key.privateKey },
    hostKey: ssh.hostKey,
  })
  await declare('gadgets', {
    url: urls.https,
    key: { provider: 'token', token: https.password, username: https.username },
    ca: https.ca,
  })
  box = await cliHome({ SLUICE_URL: server.url })
  boxPath = await pathWithHelpers()
  const scope = 'repo:acme/widgets:write repo:acme/gadgets:write'
  await furnish(await platformToken(secret, { accountId: owner, name: 'agent', scope }))
}, 120_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await Promise.all([box, ssh, https, place].map((one) => one?.[Symbol.asyncDispose]()))
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
})

/** With one commit. @returns its URL */
async function upstreamAt(host: Sshd | HttpsUpstream, path: string): Promise<string> {
  const url = await host.create(path)
  const home = join(dir, path.replace('/', '-'))
  await mkdir(home)
  const colleague = new Actor({ name: 'colleague', accountId: '', token: null, dir: home })
  await colleague.start(await host.git(path, 'rev-parse', '--absolute-git-dir'))
  await colleague.commit('README.md', `${path}\n`)
  await colleague.ok('push', '-q', 'origin', 'main')
  return url
}

/** A request of the owner, whose answer is searched. */
async function ask(path: string, init: RequestInit = {}): Promise<number> {
  const headers = { authorization: `Bearer ${ownerToken}`, 'content-type': 'application/json' }
  const answer = await fetch(server.url + path, { headers, ...init })
  heard.push(`${path}: ${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`)
  return answer.status
}

async function declare(name: string, body: object): Promise<void> {
  const made = await ask('/repos', { method: 'POST', body: JSON.stringify({ orgId: 'acme', name }) })
  const set = await ask(`/repos/acme/${name}/upstream`, { method: 'PUT', body: JSON.stringify(body) })
  if (made !== 201 || set >= 300) throw new Error(heard.slice(-2).join('\n'))
}

/** As docs/how-to/agent-box.md has it. */
async function furnish(token: string): Promise<void> {
  const login = await box.run(['login', '--with-token'], { input: token })
  const config = await box.run(['gate', 'gitconfig', 'acme/widgets', 'acme/gadgets'])
  if (login.code + config.code !== 0) throw new Error(login.stderr + config.stderr)
  heard.push(login.stdout, login.stderr, config.stdout)
  await writeFile(join(box.dir, '.gitconfig'), config.stdout)
}

/** git of the agent, which writes down all that it hears. */
async function git(cwd: string, ...args: string[]): Promise<GitRun> {
  const trace = join(box.dir, `trace-${randomUUID()}`)
  const traces = { GIT_TRACE: trace, GIT_TRACE_CURL: trace, GIT_TRACE_PACKET: trace, GIT_TRACE_SETUP: trace }
  const who = ['-c', 'user.name=Agent', '-c', 'user.email=agent@example.test']
  return runGit([...who, ...args], {
    cwd: join(box.dir, cwd),
    env: { PATH: boxPath, HOME: box.dir, ...traces, GIT_TRACE_REDACT: '0' },
  })
}

async function ok(cwd: string, ...args: string[]): Promise<string> {
  const run = await git(cwd, ...args)
  if (run.code !== 0) throw new Error(`git ${args.join(' ')}: ${run.output}`)
  return run.stdout.trim()
}

async function commit(cwd: string, name: string): Promise<string> {
  await writeFile(join(box.dir, cwd, name), `${randomUUID()}\n`)
  await ok(cwd, 'add', '.')
  await ok(cwd, 'commit', '-q', '-m', name)
  return ok(cwd, 'rev-parse', 'HEAD')
}

/** Names of the credentials that a text gives away. */
function credentialsIn(text: string): string[] {
  return [
    ...(holdsKey(text, ssh.key.privateKey) ? ['the deploy key'] : []),
    ...(holdsPassword(text, https.password) ? ['the token'] : []),
  ]
}

/** Files below a directory that give a credential away, with what it is. */
async function filesShowing(root: string, except = /(?!)/): Promise<string[]> {
  const paths = (await pathsBelow(root)).filter((path) => !except.test(path))
  const showing = paths.map(async (path) => {
    const content = await readFile(join(root, path), 'latin1').catch(() => '') // a directory, or gone
    return credentialsIn(content).map((credential) => `${path}: ${credential}`)
  })
  return (await Promise.all(showing)).flat()
}

/** Words and environment of all that the server runs right now. @see proc(5) */
async function processesNow(): Promise<{ commands: string[]; showing: string[] }> {
  const below = descendantsOf(server.pid)
  const showing = [{ pid: server.pid, command: 'server' }, ...below].map(async ({ pid, command }) => {
    const [words, environment] = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')),
    )
    return credentialsIn(`${words}\n${environment}`).map((credential) => `${command}: ${credential}`)
  })
  return { commands: below.map(({ command }) => command), showing: (await Promise.all(showing)).flat() }
}

/** A hook of the forge that says that it runs and then waits to be let go on. */
async function stuckHook(host: Sshd | HttpsUpstream, path: string) {
  const place = await mkdtemp(join(dir, 'hook-'))
  const [begun, goOn] = [join(place, 'begun'), join(place, 'go-on')]
  await runGit(['-c', `alias.fifo=!mkfifo '${goOn}'`, 'fifo'], { cwd: dir })
  await host.setHook(path, 'pre-receive', `#!/bin/sh\ntouch '${begun}'\nread line <'${goOn}'\n`)
  const appears = new Promise<void>((resolve) => {
    const watcher = watch(place, (_event, name) => {
      if (name !== 'begun') return
      watcher.close()
      resolve()
    })
  })
  const letGo = async () => {
    await writeFile(goOn, 'go\n')
    await host.setHook(path, 'pre-receive', '')
  }
  return { appears, letGo }
}

test('the search finds a credential in every spelling that it may have', () => {
  const key = ssh.key.privateKey
  const spellings = [
    key,
    JSON.stringify({ key }),
    Buffer.from(key).toString('latin1'),
    key.replace(/\n/g, ''),
  ]
  for (const spelling of spellings) expect(credentialsIn(`x${spelling}`)).toEqual(['the deploy key'])
  const basic = Buffer.from(`${https.username}:${https.password}`).toString('base64')
  for (const spelling of [https.password, basic]) expect(credentialsIn(spelling)).toEqual(['the token'])
  expect(credentialsIn(`${ssh.key.publicKey} ${ssh.hostKey} ${https.username} ${https.ca}`)).toEqual([])
})

test('an agent clones, pushes and fetches by the addresses of the forges, and only the gate hears of it', async () => {
  for (const [name, url, host] of [
    ['widgets', urls.ssh, ssh],
    ['gadgets', urls.https, https],
  ] as const) {
    await ok('', 'clone', '-q', url, name)
    expect(await ok(name, 'config', 'remote.origin.url')).toBe(url)
    const oid = await commit(name, 'new.txt')
    await ok(name, 'push', '-q', 'origin', 'HEAD:main', 'HEAD:refs/heads/topic')
    expect(await host.refs(`forge/${name}`)).toEqual([`refs/heads/main ${oid}`, `refs/heads/topic ${oid}`])
    await host.git(`forge/${name}`, 'update-ref', 'refs/heads/theirs', oid)
    await ok(name, 'fetch', '-q')
    expect(await ok(name, 'rev-parse', 'origin/theirs')).toBe(oid)
  }
})

test('what fails at the forge is told to the agent without a credential', async () => {
  for (const [name, host] of [
    ['widgets', ssh],
    ['gadgets', https],
  ] as const) {
    // prettier-ignore
    await host.setHook(`forge/${name}`, 'update', '#!/bin/sh\necho "not that one"\nexit 1\n')
    await commit(name, 'refused.txt')
    const refused = await git(name, 'push', 'origin', 'HEAD:refused')
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('not that one')])
    await host.setHook(`forge/${name}`, 'update', '')
    await host.goAway()
    const unreachable = await git(name, 'fetch')
    expect([unreachable.code, unreachable.output]).toEqual([128, expect.stringContaining('127.0.0.1')])
    await ask(`/repos/acme/${name}/branches`)
    await ask(`/repos/acme/${name}/upstream/status`)
    await host.comeBack()
    heard.push(refused.output, unreachable.output)
  }
})

test('while a push waits for the forge, no process of the server shows a credential, and its files are its own', async () => {
  for (const [name, host, program] of [
    ['widgets', ssh, /\bssh\b/],
    ['gadgets', https, /git-remote-https|remote-https/],
  ] as const) {
    await ok(name, 'fetch', '-q')
    await commit(name, 'slow.txt')
    const hook = await stuckHook(host, `forge/${name}`)
    const pushed = git(name, 'push', 'origin', `HEAD:refs/heads/slow-${name}`)
    await hook.appears
    const { commands, showing } = await processesNow()
    const open = await readableByOthers(join(dir, 'data', 'upstream-secrets'))
    await hook.letGo()
    expect((await pushed).output).toContain('new branch')
    expect(commands).toEqual(expect.arrayContaining([expect.stringMatching(program)]))
    expect(showing).toEqual([])
    expect(open).toEqual([])
  }
})

test('nor while a refresh waits for a forge that lets in and says nothing', async () => {
  const calls = https.calls.length
  for (const [name, host, stick, begun] of [
    ['widgets', ssh, () => ssh.behave('stuck'), async () => /\bssh\b/.test(await commandsNow())],
    ['gadgets', https, () => https.behave('hang'), () => Promise.resolve(https.calls.length > calls)],
  ] as const) {
    await stick()
    const fetched = git(name, 'fetch')
    await expect.poll(begun, { timeout: 10_000, interval: 20 }).toBe(true)
    const { showing } = await processesNow()
    const { code, output } = await fetched
    await host.behave('serve')
    expect([showing, code]).toEqual([[], 128])
    expect(output).toMatch(/upstream 127\.0\.0\.1/)
    heard.push(output)
  }
})

async function commandsNow(): Promise<string> {
  return (await processesNow()).commands.join('\n')
}

/** Files and directories that somebody else could look into. */
async function readableByOthers(root: string): Promise<string[]> {
  const paths = ['', ...(await pathsBelow(root))]
  const modes = paths.map(async (path) => {
    const found = await stat(join(root, path)).catch(() => null)
    return found !== null && (found.mode & 0o077) !== 0 ? [path] : []
  })
  return (await Promise.all(modes)).flat()
}

test('every git of the server was started without a credential in its words or its environment', async () => {
  const started = await diary.read()
  expect(started).toMatch(/^started: .*\bpush\b/m)
  expect(credentialsIn(started)).toEqual([])
})

test("no file of the agent's box and nothing that its git has heard holds a credential", async () => {
  const files = await pathsBelow(box.dir)
  expect(files.filter((path) => path.startsWith('trace-')).length).toBeGreaterThan(10)
  expect(files).toEqual(expect.arrayContaining(['.gitconfig', 'widgets/README.md', 'gadgets/README.md']))
  expect(await filesShowing(box.dir)).toEqual([])
})

test('no answer of the server holds one: not of the upstream, its status, events, jobs, the document or an error', async () => {
  const paths = [
    ...['widgets', 'gadgets'].flatMap((name) =>
      ['', '/upstream', '/upstream/status', '/gitconfig', '/scan', '/approvals', '/events', '/branches'].map(
        (rest) => `/repos/acme/${name}${rest}`,
      ),
    ),
    ...['/openapi.json', '/metrics', '/orgs/acme/events'],
  ]
  for (const path of paths) await ask(path)
  const admin = /^slc_admin_\w+$/m.exec(server.printed())?.[0] ?? 'not printed'
  const headers = { authorization: `Bearer ${admin}` }
  for (const path of ['/admin/jobs', '/admin/events']) expect(await ask(path, { headers })).toBe(200)
  const again = {
    url: urls.https,
    key: { provider: 'token', token: https.password, user: 'x' },
    ca: 'no PEM',
  }
  expect(await ask('/repos/acme/gadgets/upstream', { method: 'PUT', body: JSON.stringify(again) })).toBe(400)
  const wrong = { ...again, key: { provider: 'static', privateKey: `${ssh.key.privateKey}x` } }
  expect(await ask('/repos/acme/widgets/upstream', { method: 'PUT', body: JSON.stringify(wrong) })).toBe(400)
  const torn = `{"url": "${urls.https}", "key": {"token": "${https.password}"`
  expect(await ask('/repos/acme/gadgets/upstream', { method: 'PUT', body: torn })).toBe(400)
  expect(heard.length).toBeGreaterThan(20)
  expect(heard.filter((answer) => credentialsIn(answer).length > 0)).toEqual([])
})

test('the log, the database and a backup hold them sealed only', async () => {
  expect(server.log()).toContain('upstream')
  expect(credentialsIn(server.log() + server.printed())).toEqual([])
  await using database = await openDatabase({ url: place.address.url, path: join(dir, 'data', 'sluice.db') })
  for (const table of TABLE_NAMES) {
    const { rows } = await sql<object>`select * from ${sql.table(table)}`.execute(database.kysely)
    expect([table, credentialsIn(JSON.stringify(rows))]).toEqual([table, []])
  }
  const made = await box.run(['backup', join(dir, 'backup')], { env: settings() })
  expect([made.code, made.stderr]).toEqual([0, expect.any(String)])
  expect(await filesShowing(join(dir, 'backup'))).toEqual([])
})

test('when the server has stopped, nothing on its disk holds one', async () => {
  server.signal('SIGTERM')
  await server.ended
  expect(await filesShowing(join(dir, 'data'))).toEqual([])
})
