/** auth.md, section 5: tokens, machines and organisations with the `sluice` command. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliHome } from '../support/cli.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { startIssuer, type Issuer } from '../support/issuer.ts'
import type { World } from '../support/world.ts'

let w: World
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer({ audience: 'sluice' })
  const workloads = { issuer: issuer.issuer, audience: 'sluice', jwksUri: issuer.jwksUri, use: 'workload' }
  w = await restWorld({ SLUICE_ISSUERS: JSON.stringify([workloads]) })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

/** Somebody with a login, who owns `<org>/app`. */
async function owner() {
  const stage = new Stage(w)
  await stage.create('ann', { name: 'app' })
  const token = await w.token(stage.accountOf('ann'), 'ann')
  const home = await cliHome({ SLUICE_URL: w.url, SLUICE_TOKEN: token })
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await home.run([...args, '--json'])
    if (code !== 0) throw new Error(`sluice ${args.join(' ')}: ${code} ${stderr}`)
    return JSON.parse(stdout)
  }
  return { home, stage, json, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() }
}

test('a token is shown once, alone on stdout; it works, is listed without itself, and ends when revoked', async () => {
  await using ann = await owner()
  const made = await ann.home.run(['token', 'create', '--name', 'laptop'])
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(made.stdout).toMatch(/^slc_personal_\w{49}\n$/)
  const env = { SLUICE_TOKEN: made.stdout.trim() }
  expect((await ann.home.run(['whoami'], { env })).code).toBe(0)
  const listed = await ann.home.run(['token', 'list', '--json'])
  expect(listed.stdout).not.toContain(made.stdout.trim())
  const [{ id, name }] = JSON.parse(listed.stdout)
  expect(name).toBe('laptop')
  expect((await ann.home.run(['token', 'revoke', id])).code).toBe(0)
  expect((await ann.home.run(['whoami'], { env })).code).toBe(3)
})

test('--repo, --allow and --ref narrow a token to what they say', async () => {
  await using ann = await owner()
  const path = `${ann.stage.org}/app`
  const made = await ann.json(
    'token',
    'create',
    ...['--name', 'ci', '--kind', 'deploy', '--repo', path, '--allow', 'write', '--ref', 'refs/heads/ci/*'],
    ...['--expires-in', '30d'],
  )
  expect(made.grants.authorizationDetails).toEqual([
    { type: 'git_repository', identifier: path, actions: ['write'], refs: ['refs/heads/ci/*'] },
  ])
  expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBe(30 * 86_400_000)
  const env = { SLUICE_TOKEN: made.token as string }
  expect((await ann.home.run(['repo', 'show', path], { env })).code).toBe(0)
  expect((await ann.home.run(['repo', 'delete', path, '--yes'], { env })).code).toBe(4)
})

test('an exchange gives a short token that may do a part; more than that is refused with 8', async () => {
  await using ann = await owner()
  const path = `${ann.stage.org}/app`
  const narrow = ['token', 'exchange', '--repo', path, '--allow', 'read', '--expires-in', '5m']
  const answer = await ann.json(...narrow)
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
  const env = { SLUICE_TOKEN: answer.access_token as string }
  expect((await ann.home.run(['repo', 'show', path], { env })).code).toBe(0)
  const wider = await ann.home.run(['token', 'exchange', '--repo', path, '--allow', 'write'], { env })
  expect(wider.code).toBe(8)
  expect(wider.stderr).not.toContain(answer.access_token)
  expect(wider.stderr).toContain('next: ask for less')
  const absent = await ann.home.run(['token', 'exchange', '--audience', `${w.url}/${ann.stage.org}/absent`])
  expect([absent.code, absent.stderr]).toEqual([8, expect.stringContaining('next: sluice repo list')])
})

test('a short token, which has no id, is revoked by itself and needs nobody to sign in', async () => {
  await using ann = await owner()
  const { access_token: token } = await ann.json('token', 'exchange')
  const { access_token: other } = await ann.json('token', 'exchange')
  const whoami = async (SLUICE_TOKEN: string) =>
    (await ann.home.run(['whoami'], { env: { SLUICE_TOKEN } })).code
  expect(await whoami(token)).toBe(0)
  const nobody = { SLUICE_TOKEN: undefined }
  const revoke = ['token', 'revoke', '--stdin']
  const revoked = await ann.home.run(revoke, { env: nobody, input: `${token}\n` })
  expect([revoked.code, revoked.stderr]).toEqual([0, ''])
  expect(revoked.stdout).not.toContain(token)
  expect([await whoami(token), await whoami(other)]).toEqual([3, 0])
  expect((await ann.home.run(revoke, { env: nobody })).code).toBe(2)
  expect((await ann.home.run([...revoke, 'some-id'], { input: other })).code).toBe(2)
  expect((await ann.home.run(['token', 'revoke'], { input: other })).code).toBe(2)
  expect(await whoami(other)).toBe(0)
  const unknown = await ann.home.run(['token', 'revoke', '01900000-0000-7000-8000-000000000000'])
  expect(unknown.code).toBe(5)
  expect(unknown.stderr).toMatch(/next: .*token revoke --stdin.*\n {2}request: /)
})

test('--actor-token-file names who acts: what is made with the token is his, and ends with his', async () => {
  await using ann = await owner()
  const { id: agent } = await ann.json('account', 'create', 'helper', '--kind', 'agent')
  const { id, token } = await ann.json('token', 'create', '--name', 'helper', '--account', agent)
  const file = join(ann.home.dir, 'actor.token')
  await writeFile(file, `${token}\n`)
  const made = await ann.json('token', 'exchange', '--actor-token-file', file)
  const env = { SLUICE_TOKEN: made.access_token as string }
  const who = await ann.home.run(['whoami', '--json'], { env })
  expect(JSON.parse(who.stdout).account.id).toBe(agent)
  await ann.home.run(['token', 'revoke', id])
  expect((await ann.home.run(['whoami'], { env })).code).toBe(3)
  const absent = await ann.home.run(['token', 'exchange', '--actor-token-file', `${file}x`])
  expect([absent.code, absent.stderr]).toEqual([
    2,
    'sluice: the file of the actor token cannot be read (ENOENT)\n',
  ])
})

test('authorization details come from a file, or from stdin', async () => {
  await using ann = await owner()
  const path = `${ann.stage.org}/app`
  const details = JSON.stringify([{ type: 'git_repository', identifier: path, actions: ['read'] }])
  const file = join(ann.home.dir, 'details.json')
  await writeFile(file, details)
  const create = ['token', 'create', '--name', 'x', '--json', '--authorization-details']
  expect((await ann.home.run([...create, file])).code).toBe(0)
  expect((await ann.home.run([...create, '-'], { input: details })).code).toBe(0)
  const bad = await ann.home.run([...create, '-'], { input: '{' })
  expect([bad.code, bad.stdout]).toEqual([2, ''])
})

test('a service account is made, gets a token, is disabled and enabled; its token follows at once', async () => {
  await using ann = await owner()
  const account = await ann.json('account', 'create', 'bot', '--kind', 'service')
  expect(await ann.json('account', 'list')).toMatchObject([{ id: account.id, displayName: 'bot' }])
  expect(await ann.json('account', 'show', account.id)).toMatchObject({ kind: 'service' })
  const { token } = await ann.json('token', 'create', '--name', 'bot', '--account', account.id)
  const whoami = async () => (await ann.home.run(['whoami'], { env: { SLUICE_TOKEN: token } })).code
  expect(await whoami()).toBe(0)
  await ann.json('account', 'disable', account.id)
  expect(await whoami()).toBe(3)
  await ann.json('account', 'enable', account.id)
  expect(await whoami()).toBe(0)
})

test('administrators list people as well as machines, and either by its kind', async () => {
  await using ann = await owner()
  const { id: bot } = await ann.json('account', 'create', 'bot')
  const me = ann.stage.accountOf('ann')
  const env = { SLUICE_TOKEN: w.sluice.adminToken ?? '' }
  const ids = async (...args: string[]) => {
    const { stdout } = await ann.home.run(['account', 'list', '--limit', '1000', '--json', ...args], { env })
    return JSON.parse(stdout).map(({ id }: { id: string }) => id)
  }
  expect(await ids()).toEqual(expect.arrayContaining([bot, me]))
  expect(await ids('--kind', 'service')).toEqual(expect.arrayContaining([bot]))
  expect(await ids('--kind', 'service')).not.toContain(me)
  expect(await ids('--kind', 'user')).toContain(me)
})

test('a workload is bound to an account, and unbound', async () => {
  await using ann = await owner()
  const account = await ann.json('account', 'create', 'bot')
  const bound = await ann.json(
    ...['account', 'bind', account.id, '--issuer', issuer.issuer, '--audience', 'sluice'],
    ...['--claim', 'repository=acme/app', '--claim', 'ref=refs/heads/*'],
  )
  expect(bound.claims).toEqual({ repository: 'acme/app', ref: 'refs/heads/*' })
  expect(await ann.json('account', 'bindings', account.id)).toMatchObject([{ id: bound.id }])
  expect((await ann.home.run(['account', 'unbind', account.id, bound.id])).code).toBe(0)
  expect(await ann.json('account', 'bindings', account.id)).toEqual([])
})

test('members of an organisation are set, listed and removed; its last owner stays', async () => {
  await using ann = await owner()
  const { org } = ann.stage
  const [me, bob] = [ann.stage.accountOf('ann'), ann.stage.accountOf('bob')]
  await ann.stage.ask('bob', 'GET', '/whoami') // at first sight
  await ann.json('org', 'members', 'set', org, bob, '--role', 'writer')
  const roles = async () =>
    (await ann.json('org', 'members', 'list', org)).map((m: { accountId: string; role: string }) => [
      m.accountId,
      m.role,
    ])
  expect(Object.fromEntries(await roles())).toEqual({ [me]: 'owner', [bob]: 'writer' })
  expect((await ann.home.run(['org', 'members', 'remove', org, bob])).code).toBe(0)
  expect(await roles()).toEqual([[me, 'owner']])
  expect((await ann.home.run(['org', 'members', 'remove', org, me])).code).toBe(6)
})

test('administrators see repositories, jobs, events and keys; nobody else does', async () => {
  await using ann = await owner()
  const env = { SLUICE_TOKEN: w.sluice.adminToken ?? '' }
  for (const what of ['repos', 'jobs', 'events', 'keys']) {
    const admin = await ann.home.run(['admin', what, '--json'], { env })
    expect([what, admin.code, Array.isArray(JSON.parse(admin.stdout))]).toEqual([what, 0, true])
    expect([what, (await ann.home.run(['admin', what])).code]).toEqual([what, 4])
  }
  const events = await ann.home.run(['admin', 'events', '--type', 'repo.created', '-n', '1', '--json'], {
    env,
  })
  expect(JSON.parse(events.stdout)).toMatchObject([{ eventType: 'repo.created' }])
  const { id: agent } = await ann.json('account', 'create', 'helper', '--kind', 'agent')
  const { token } = await ann.json('token', 'create', '--name', 'helper', '--account', agent)
  await ann.home.run(['repo', 'create', `${ann.stage.org}/made`], { env: { SLUICE_TOKEN: token } })
  const done = await ann.home.run(['admin', 'events', '--agent', agent, '--json'], { env })
  expect(JSON.parse(done.stdout)).toMatchObject([
    { eventType: 'repo.created', agentId: agent, actorId: ann.stage.accountOf('ann') },
  ])
})
