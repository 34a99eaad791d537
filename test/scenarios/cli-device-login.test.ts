/** RFC 8628 and RFC 6749 section 6, from the side of the `sluice` command: signing in with a browser, and staying so. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliHome, cliScript, type CliHome } from '../support/cli.ts'
import { startLoginProvider, type LoginProvider } from '../support/login-provider.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let provider: LoginProvider
let w: World
let home: CliHome
beforeAll(async () => {
  provider = await startLoginProvider()
  w = await restWorld(provider.settings)
  home = await cliHome({ SLUICE_URL: w.url })
})
afterAll(async () => {
  await home[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

/** Starts a login and lets somebody do what he does when he has read the code. */
async function login(act: (userCode: string, address: string) => Promise<void>) {
  const child = spawn(process.execPath, [await cliScript(), 'login'], {
    env: { PATH: process.env['PATH'], HOME: home.dir, SLUICE_URL: w.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8')
  const exit = once(child, 'close')
  for await (const part of child.stderr) {
    stderr += String(part)
    const [, address, userCode] = /Open (\S+)\nand confirm the code (\S+)\n$/.exec(stderr) ?? []
    if (address !== undefined && userCode !== undefined) await act(userCode, address)
  }
  const [code] = (await exit) as [number]
  return { code, stdout, stderr }
}

const file = () => join(home.dir, '.config/sluice/logins', `${encodeURIComponent(w.url)}.json`)
const stored = async () => JSON.parse(await readFile(file(), 'utf8'))

/** How many the server has issued. */
async function refreshTokens() {
  await using database = await w.openDatabase()
  return (await database.kysely.selectFrom('refresh_tokens').select('hash').execute()).length
}

/** As if the access token were at its end. */
async function endToken() {
  await writeFile(file(), JSON.stringify({ ...(await stored()), expiresAt: Date.now() - 1000 }))
}

test('RFC 8628 3.3: the command shows address and code, waits, and is signed in when somebody has confirmed', async () => {
  const { code, stdout } = await login(async (userCode, address) => {
    expect(address).toBe(`${provider.issuer}/device?user_code=${userCode}`)
    await provider.confirm(userCode, 'ann')
  })
  expect([code, stdout]).toEqual([0, `signed in to ${w.url} as ann\n`])
  expect(JSON.parse((await home.run(['whoami', '--json'])).stdout).account.displayName).toBe('ann')
})

test('RFC 8628 3.5: a login that somebody refuses ends the command with 4', async () => {
  const { code, stderr } = await login((userCode) => provider.refuse(userCode))
  expect(code).toBe(4)
  expect(stderr).toContain('the login was refused')
})

test('RFC 6749 6: commands at once, with an access token at its end, renew it once and all go on', async () => {
  const before = await stored()
  const issuedBefore = await refreshTokens()
  await endToken()
  const runs = await Promise.all(Array.from({ length: 5 }, () => home.run(['whoami', '--json'])))
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
  const after = await stored()
  expect(after.refreshToken).not.toBe(before.refreshToken)
  expect(after.expiresAt).toBeGreaterThan(Date.now())
  expect(await refreshTokens()).toBe(issuedBefore + 1)
})

test('an access token that the server refuses is renewed once, and the command goes on', async () => {
  await writeFile(file(), JSON.stringify({ ...(await stored()), token: 'not-valid-any-more' }))
  expect((await home.run(['whoami'])).code).toBe(0)
})

test('RFC 7009 2: logout ends the login at the server, with the tokens that came of it', async () => {
  const { token, refreshToken } = await stored()
  expect((await home.run(['logout'])).code).toBe(0)
  expect((await home.run(['whoami'], { env: { SLUICE_TOKEN: token } })).code).toBe(3)
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'sluice-cli' }
  const renewed = await fetch(`${w.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) })
  expect(renewed.status).toBe(400)
})

test('a login that has ended says so, and how to sign in again', async () => {
  await login((userCode) => provider.confirm(userCode, 'ann'))
  await writeFile(file(), JSON.stringify({ ...(await stored()), refreshToken: 'slc_refresh_unknown' }))
  await endToken()
  const run = await home.run(['whoami'])
  expect(run.code).toBe(3)
  expect(run.stderr).toContain('the login has ended')
  expect(run.stderr).toContain('sluice login')
})
