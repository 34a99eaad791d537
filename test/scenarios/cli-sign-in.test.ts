/** auth.md, section 5: who the `sluice` command is, where it has that from, and where it keeps it. */
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliHome } from '../support/cli.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

const here = () => cliHome({ SLUICE_URL: w.url })
const LOGINS = '.config/sluice/logins'

async function signedIn() {
  const home = await here()
  const { code, stderr } = await home.run(['login', '--with-token'], { input: `${w.owner.token}\n` })
  if (code !== 0) throw new Error(`login: ${stderr}`)
  return home
}

test('a token from stdin signs in: it says as whom, and every later command is that account', async () => {
  await using home = await here()
  const login = await home.run(['login', '--with-token'], { input: `${w.owner.token}\n` })
  expect([login.code, login.stderr]).toEqual([0, ''])
  expect(login.stdout).toContain(`signed in to ${w.url} as owner`)
  const who = await home.run(['whoami', '--json'])
  expect(JSON.parse(who.stdout)).toMatchObject({ account: { id: w.owner.accountId, displayName: 'owner' } })
})

test('the latest login is the server that commands speak to', async () => {
  await using home = await cliHome()
  const login = await home.run(['login', '--with-token', '--server', w.url], { input: w.owner.token ?? '' })
  expect(login.code).toBe(0)
  expect(JSON.parse((await home.run(['whoami', '--json'])).stdout).account.id).toBe(w.owner.accountId)
})

test('a login lies in one file, for its owner alone', async () => {
  await using home = await signedIn()
  const names = await readdir(join(home.dir, LOGINS))
  expect(names).toEqual([`${encodeURIComponent(w.url)}.json`])
  expect((await stat(join(home.dir, LOGINS, names[0] ?? ''))).mode & 0o777).toBe(0o600)
  expect((await stat(join(home.dir, LOGINS))).mode & 0o777).toBe(0o700)
})

test('a token that the server refuses signs nobody in and is kept nowhere', async () => {
  await using home = await here()
  const login = await home.run(['login', '--with-token'], { input: 'not-a-token-of-anybody\n' })
  expect(login.code).toBe(3)
  expect(login.stderr).toMatch(/^sluice: /)
  expect(login.stderr).toContain('request: ')
  expect(await readdir(home.dir)).toEqual([])
})

test('without a login a command ends with 3 and says how to sign in', async () => {
  await using home = await here()
  const who = await home.run(['whoami'])
  expect([who.code, who.stdout]).toEqual([3, ''])
  expect(who.stderr).toContain('sluice login')
})

test('where nobody can be asked, a login without a token is wrong usage', async () => {
  await using home = await here()
  const login = await home.run(['login'])
  expect(login.code).toBe(2)
  expect(login.stderr).toContain('--with-token')
})

test('nothing on stdin is wrong usage, and says what was meant to be there', async () => {
  await using home = await here()
  const login = await home.run(['login', '--with-token'])
  expect(login.code).toBe(2)
  expect(login.stderr).toMatch(/^sluice: stdin is empty\n  next: give the token on stdin/)
})

test('a token file comes before SLUICE_TOKEN, and that before the login', async () => {
  await using home = await signedIn()
  const nameOf = async (args: string[], env = {}) =>
    JSON.parse((await home.run(['whoami', '--json', ...args], { env })).stdout).account.displayName
  await writeFile(join(home.dir, 'token'), `${w.stranger.token}\n`)
  const env = { SLUICE_TOKEN: await w.token(w.owner.accountId, 'other name') }
  expect(await nameOf([])).toBe('owner')
  expect(await nameOf(['--token-file', 'token'], env)).toBe('stranger')
  await writeFile(join(home.dir, 'token'), 'two words\n')
  const bad = await home.run(['whoami', '--token-file', 'token'])
  expect([bad.code, bad.stderr]).toEqual([2, 'sluice: the token file holds no token\n'])
  expect((await home.run(['whoami'], { env: { SLUICE_TOKEN: 'not-valid' } })).code).toBe(3)
})

test('an empty SLUICE_TOKEN is a token that somebody failed to get, and no reason to use the login-regression', async () => {
  await using home = await signedIn()
  for (const SLUICE_TOKEN of ['', ' \n']) {
    const who = await home.run(['whoami'], { env: { SLUICE_TOKEN } })
    expect([who.code, who.stdout]).toEqual([2, ''])
    expect(who.stderr).toBe('sluice: SLUICE_TOKEN is empty\n  next: unset it to use the login\n')
  }
})

test('a token among the arguments is refused before anything is sent, and not repeated', async () => {
  await using home = await here()
  for (const args of [
    ['whoami', w.sluice.adminToken ?? ''],
    ['login', `--token=${w.owner.token}`],
  ]) {
    const run = await home.run(args)
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('--token-file')
    expect(run.stderr).not.toContain(args[1]?.replace('--token=', ''))
  }
})

test('a token does not travel over http to another machine', async () => {
  await using home = await here()
  const run = await home.run(['whoami', '--server', 'http://git.example.test'], {
    env: { SLUICE_TOKEN: w.owner.token ?? '' },
  })
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('is not https')
})

test('logout forgets the login; a second one has nothing to forget', async () => {
  await using home = await signedIn()
  const out = await home.run(['logout'])
  expect([out.code, out.stderr]).toEqual([0, ''])
  expect(await readdir(join(home.dir, LOGINS))).toEqual([])
  expect((await home.run(['logout'])).code).toBe(3)
})

test('a login that others can read is not used', async () => {
  await using home = await signedIn()
  const path = join(home.dir, LOGINS, `${encodeURIComponent(w.url)}.json`)
  await chmod(path, 0o644)
  const who = await home.run(['whoami'])
  expect(who.code).toBe(2)
  expect(who.stderr).toContain('can be reached by others')
})
