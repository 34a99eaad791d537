/** Settings with which the server must not start, as its operator meets them: the shipped program, in a process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../support/server-process.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-settings-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** What the server prints when it does not start. */
async function refusal(settings: Record<string, string>): Promise<string> {
  const env = {
    SLUICE_DATA_DIR: join(dir, 'data'),
    SERVER_PORT: '0',
    SLUICE_LOG_LEVEL: 'silent',
    ...settings,
  }
  const started = startServer('main', env).then(
    async (server) => {
      await server.kill()
      return 'it started'
    },
    (err: Error) => err.message,
  )
  const message = await started
  expect(message).toContain('ended (1) before it served')
  return message
}

test('all faults are listed at once, each by the name of its variable, and no secret is printed', async () => {
  const printed = await refusal({
    SERVER_PORT: '70000',
    SLUICE_MAX_PACK_BYTES: 'plenty',
    CORS_ORIGINS: '*',
    AUTH_COOKIE_SECRET: 'too-short-a-secret',
    AUTH0_DOMAIN: 'tenant.example.com',
    SLUICE_LOG_LEVEL: 'loud',
  })
  const named = [...printed.matchAll(/^ {2}([A-Z0-9_]+): /gm)].map((match) => match[1])
  expect(named.toSorted()).toEqual([
    'AUTH0_AUDIENCE',
    'AUTH_COOKIE_SECRET',
    'CORS_ORIGINS',
    'SERVER_PORT',
    'SLUICE_LOG_LEVEL',
    'SLUICE_MAX_PACK_BYTES',
  ])
  expect(printed).toContain('see docs/config.md')
  expect(printed).not.toContain('too-short-a-secret')
  expect(printed).not.toMatch(/^ +at /m)
})

test('beyond loopback the server does not start without TLS in front, unless plain text was asked for', async () => {
  const printed = await refusal({ SERVER_HOST: '0.0.0.0' })
  expect(printed).toContain('SERVER_HOST: beyond loopback, tokens would travel in plain text')
  expect(printed).toContain('SLUICE_ALLOW_PLAINTEXT=1')
})

test('a port in use is an error, and never another port', async () => {
  const other = createServer()
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
  const { port } = other.address() as AddressInfo
  try {
    expect(await refusal({ SERVER_PORT: String(port) })).toContain(`port ${port} is in use`)
  } finally {
    other.close()
  }
})

test('a second server on one data directory is refused, and the first one serves on', async () => {
  const dataDir = join(dir, 'shared')
  await using first = await startServer('main', { SLUICE_DATA_DIR: dataDir, SERVER_PORT: '0' })
  expect(await refusal({ SLUICE_DATA_DIR: dataDir })).toContain('another server is using this data directory')
  expect((await fetch(`${first.url}/health`)).status).toBe(200)
})

test('a data directory that can be none is named', async () => {
  const file = join(dir, 'a-file')
  await writeFile(file, '')
  expect(await refusal({ SLUICE_DATA_DIR: join(file, 'data') })).toContain(file)
})

test('a database that cannot be reached is an error, and its password is not printed', async () => {
  const printed = await refusal({ DATABASE_URL: 'postgres://sluice:hunter2@127.0.0.1:1/none' })
  expect(printed).not.toContain('hunter2')
})
