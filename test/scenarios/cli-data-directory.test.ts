/** auth.md, section 4: `sluice` works on the data directory with the server running or not. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliHome, type CliHome } from '../support/cli.ts'
import { emptyDatabase, type Place } from '../support/databases.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

let dir: string
let database: Place
let settings: Record<string, string>
let home: CliHome
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-offline-'))
  database = await emptyDatabase()
  const { url } = database.address
  settings = {
    SLUICE_DATA_DIR: join(dir, 'data'),
    SERVER_PORT: '0',
    SLUICE_LOG_LEVEL: 'silent',
    ...(url !== null && { DATABASE_URL: url }),
  }
  home = await cliHome(url === null ? {} : { DATABASE_URL: url })
})
afterAll(async () => {
  await home[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const serve = () => startServer('main', settings)
const dataDir = () => ['--data-dir', settings['SLUICE_DATA_DIR'] ?? '']

async function stop(server: ServerProcess) {
  server.signal('SIGTERM')
  await server.ended
}

async function whoami(server: ServerProcess, token: string) {
  const run = await home.run(['whoami', '--json', '--server', server.url], { env: { SLUICE_TOKEN: token } })
  return run.code === 0 ? JSON.parse(run.stdout) : run.code
}

test('an administrator token made beside a running server is good at once, and says no more than itself', async () => {
  await using server = await serve()
  const made = await home.run(['token', 'create', '--admin', '--name', 'rescue', ...dataDir()])
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(made.stdout).toMatch(/^slc_personal_\w{49}\n$/)
  expect(await whoami(server, made.stdout.trim())).toMatchObject({
    administrator: true,
    account: { displayName: 'Administrator' },
  })
})

test('a token made while the server is down is good when it is up, and its making stands in the log', async () => {
  const first = await serve()
  await stop(first)
  const made = await home.run(['token', 'create', '--admin', '--name', 'later', '--json', ...dataDir()])
  const { token, id } = JSON.parse(made.stdout)
  await using server = await serve()
  expect(await whoami(server, token)).toMatchObject({ administrator: true })
  const events = await home.run(['admin', 'events', '--type', 'token.minted', '--json'], {
    env: { SLUICE_URL: server.url, SLUICE_TOKEN: token },
  })
  expect(JSON.parse(events.stdout)).toContainEqual(expect.objectContaining({ targetId: id }))
})

test('a token for a service account may do what was asked for, and no more', async () => {
  await using server = await serve()
  const admin = (await home.run(['token', 'create', '--admin', '--name', 'a', ...dataDir()])).stdout.trim()
  const env = { SLUICE_URL: server.url, SLUICE_TOKEN: admin }
  const account = JSON.parse((await home.run(['account', 'create', 'bot', '--json'], { env })).stdout)
  const order = ['--account', account.id, '--name', 'b', '--scope', 'repo:read']
  const made = await home.run(['token', 'create', ...order, ...dataDir()])
  expect(made.code).toBe(0)
  expect(await whoami(server, made.stdout.trim())).toMatchObject({
    account: { id: account.id },
    administrator: false,
    grants: { scope: 'repo:read' },
  })
})

test('keys are rotated beside a running server: it verifies what they sign, and what was signed before', async () => {
  await using server = await serve()
  const admin = (await home.run(['token', 'create', '--admin', '--name', 'a', ...dataDir()])).stdout.trim()
  const env = { SLUICE_URL: server.url, SLUICE_TOKEN: admin }
  const exchanged = async () =>
    (await home.run(['token', 'exchange', '--scope', 'repo:read'], { env })).stdout.trim()
  const before = await exchanged()
  const rotated = await home.run(['keys', 'rotate', '--json', ...dataDir()])
  expect(rotated.code).toBe(0)
  const { kid } = JSON.parse(rotated.stdout)
  expect(decodeProtectedHeader(before).kid).not.toBe(kid)
  expect(await whoami(server, before)).toMatchObject({ administrator: false })
  const keys = JSON.parse((await home.run(['admin', 'keys', '--json'], { env })).stdout)
  expect(keys[0]).toMatchObject({ kid, retiredAt: null })
  await stop(server)
  await using again = await serve()
  const after = (
    await home.run(['token', 'exchange', '--scope', 'repo:read', '--server', again.url], { env })
  ).stdout
  expect(decodeProtectedHeader(after.trim()).kid).toBe(kid)
})

test('a directory that no server has used is refused, and nothing is made in it', async () => {
  const absent = join(dir, 'misspelt')
  for (const args of [
    ['token', 'create', '--admin', '--name', 'x'],
    ['keys', 'rotate'],
  ]) {
    const run = await home.run([...args, '--data-dir', absent], { env: { SLUICE_DATA_DIR: '' } })
    expect([run.code, run.stdout]).toEqual([5, ''])
    expect(run.stderr).toContain('--data-dir')
  }
  expect(await readdir(dir)).not.toContain('misspelt')
})

test('on a data directory one says for whom: the administrator or an account', async () => {
  const neither = await home.run(['token', 'create', '--name', 'x', ...dataDir()])
  expect([neither.code, neither.stderr.includes('--admin')]).toEqual([2, true])
  const both = await home.run(['token', 'create', '--name', 'x', '--admin', '--account', 'y', ...dataDir()])
  expect(both.code).toBe(2)
})

test('settings that cannot be used are reported as the server reports them', async () => {
  const run = await home.run(['keys', 'rotate'], { env: { SERVER_PORT: 'many' } })
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('SERVER_PORT')
})
