/**
 * git's credential protocol, as git-credential-sluice speaks it: its standard input and output, byte by byte.
 *
 * @see gitcredentials(7), git-credential(1)
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { reservePort } from '../../src/compose/reserve-port.ts'
import { openGateway, type Gateway } from '../support/gateway.ts'
import { gitHelpers, runHelper, type HelperCallOptions, type HelperRun } from '../support/git-helpers.ts'
import { world, type World } from '../support/world.ts'

let gateway: Gateway
let w: World
let host: string
beforeAll(async () => {
  const port = await reservePort('127.0.0.1', 0)
  gateway = await openGateway(`http://127.0.0.1:${port}`)
  w = await world({ settings: { SERVER_PORT: String(port), PUBLIC_BASE_URL: gateway.url } })
  host = new URL(gateway.url).host
})
beforeEach(() => gateway.reset())
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

const asks = (...lines: string[]) => [`protocol=http`, `host=${host}`, ...lines, '', ''].join('\n')

/** The helper with the owner's token in its environment, and this server as the only one it is for. */
function helper(action: string, input: string, opts: HelperCallOptions = {}): Promise<HelperRun> {
  return runHelper('git-credential-sluice', [`--url=${gateway.url}`, '--token-env=OWNER_TOKEN', action], {
    input,
    env: { OWNER_TOKEN: w.owner.token ?? '' },
    ...opts,
  })
}

interface Answered {
  readonly username?: string
  readonly password?: string
  readonly authtype?: string
  readonly credential?: string
  readonly password_expiry_utc?: string
}

function attributes({ stdout }: HelperRun): Answered {
  const lines = stdout.split('\n').filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))) as Answered
}

function claimsOf(token = ''): { exp: number; aud: string | string[]; scope?: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

describe('get', () => {
  test('git before 2.46 gets a username, a password and its end', async () => {
    const run = await helper('get', asks('path=acme/app.git'))
    const { username, password, password_expiry_utc: expiry, ...others } = attributes(run)
    expect([run.code, run.stderr, username, others]).toEqual([0, '', 'sluice', {}])
    expect(Number(expiry)).toBe(claimsOf(password).exp)
    expect(claimsOf(password).aud).toEqual(`${gateway.url}/acme/app`)
  })

  test('a username that git has already is kept', async () => {
    expect(attributes(await helper('get', asks('username=alice'))).username).toBe('alice')
  })

  test('git that announces authtype gets a Bearer credential that is not to be saved', async () => {
    const run = await helper('get', asks('capability[]=authtype', 'capability[]=state', 'path=acme/app'))
    const lines = run.stdout.split('\n')
    expect(lines[0]).toBe('capability[]=authtype')
    const { credential, password_expiry_utc: expiry, ...others } = attributes(run)
    expect(others).toEqual({ 'capability[]': 'authtype', authtype: 'Bearer', ephemeral: '1' })
    expect(Number(expiry)).toBe(claimsOf(credential).exp)
  })

  test('without a path the token is for the server', async () => {
    expect(claimsOf(attributes(await helper('get', asks())).password).aud).toEqual(gateway.url)
  })

  test.each([
    ['acme/app.git/info/lfs', '/acme/app'],
    ['acme/app/', '/acme/app'],
    ['et/acme/app.git', '/et/acme/app'],
    ['somewhere', ''],
  ])('the path %s is taken for the repository %j', async (path, expected) => {
    expect(claimsOf(attributes(await helper('get', asks(`path=${path}`))).password).aud).toEqual(
      gateway.url + expected,
    )
  })

  test('what git says besides, and keys that nobody knows, change nothing', async () => {
    const run = await helper(
      'get',
      asks('wwwauth[]=Bearer realm="sluice"', 'wwwauth[]=Basic realm="sluice"', 'state[]=other:1', 'new=x=y'),
    )
    expect(attributes(run).password).toBeDefined()
  })

  test('an empty value of a key with brackets begins its list anew', async () => {
    const run = await helper('get', asks('capability[]=authtype', 'capability[]='))
    expect(attributes(run).authtype).toBeUndefined()
  })

  test('what follows an empty line is not read', async () => {
    expect(attributes(await helper('get', `${asks()}capability[]=authtype\n`)).authtype).toBeUndefined()
  })

  test.each([
    ['another host', 'protocol=https\nhost=git.example.test\n\n'],
    ['another port', 'protocol=http\nhost=127.0.0.1:1\n\n'],
    ['another protocol', 'protocol=ssh\nhost=git.example.test\n\n'],
    ['no host', 'protocol=https\n\n'],
    ['a host that is more than one', 'protocol=http\nhost=evil.example.test/@127.0.0.1\n\n'],
    ['nothing', ''],
  ])('for %s it says nothing, and asks nobody', async (_what, input) => {
    expect(await helper('get', input)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(gateway.seen).toEqual([])
  })

  test.each([
    ['path that leaves the server, which lies below it', () => asks('path=sluice/../evil/repo')],
    ['path that ends in such a step', () => asks('path=sluice/..')],
    [
      'host in letters that only look like it',
      () => `protocol=http\nhost=${host.replace('127', '１２７')}\n\n`,
    ],
    ['host that is a number', () => `protocol=http\nhost=${host.replace('127.0.0.1', '0x7f000001')}\n\n`],
    ['protocol that hides a host', () => `protocol=http://${host}/?\nhost=evil.example.test\n\n`],
    ['protocol that ends in a carriage return', () => `protocol=http\r\nhost=${host}\n\n`],
  ])('a %s gets nothing: git would ask somewhere else-regression', async (_what, input) => {
    const env = { OWNER_TOKEN: w.owner.token ?? '' }
    for (const server of [gateway.url, `${gateway.url}/sluice`]) {
      const args = [`--url=${server}`, '--token-env=OWNER_TOKEN', 'get']
      const run = await runHelper('git-credential-sluice', args, { input: input(), env })
      expect(run).toEqual({ code: 0, stdout: '', stderr: '' })
    }
    expect(gateway.seen).toEqual([])
  })

  test('a host in capital letters is the same host', async () => {
    const { port } = new URL(gateway.url)
    const args = [`--url=http://localhost:${port}`, '--token-env=OWNER_TOKEN', 'get']
    const input = `protocol=http\nhost=LocalHost:${port}\n\n`
    await runHelper('git-credential-sluice', args, { input, env: { OWNER_TOKEN: w.owner.token ?? '' } })
    expect(gateway.seen).not.toEqual([])
  })

  test('a username that hides another line gets nothing-regression', async () => {
    const run = await helper('get', asks('username=agent\rpassword=forged'))
    expect(run.stdout).toBe('')
  })

  test('plain http is for this machine only, also when it was configured', async () => {
    const input = 'protocol=http\nhost=git.example.test\n\n'
    const run = await runHelper('git-credential-sluice', ['--url=http://git.example.test', 'get'], { input })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toContain('a token goes to https addresses only, or to this machine')
  })

  test('a token that the server refuses ends the search for others, and is not repeated', async () => {
    const env = { OWNER_TOKEN: 'secret-that-is-not-valid' }
    const run = await helper('get', asks('path=acme/app'), { env })
    expect(run.stdout).toBe('quit=1\n')
    expect(run.stderr).toMatch(/^git-credential-sluice: the server gave no token: .+\n$/)
    expect(run.stderr).not.toContain('secret-that-is-not-valid')
    expect(run.stderr).toContain('; hand the helper a token that is valid')
  })

  test('where there is no token, or no answer, others may be asked', async () => {
    const without = await helper('get', asks(), { env: {} })
    expect(without).toMatchObject({ stdout: '' })
    expect(without.stderr).toContain('there is no token in the environment variable OWNER_TOKEN')
    gateway.intervene = (_seen, response) => {
      response.destroy()
      return true
    }
    expect(await helper('get', asks())).toMatchObject({ stdout: '' })
  })

  test('a line that is no attribute is refused without being repeated', async () => {
    const run = await helper('get', 'secretsecret\n\n')
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).not.toContain('secretsecret')
  })

  test('on a terminal there is an explanation and no token', async () => {
    const program = join(await gitHelpers(), 'git-credential-sluice')
    const command = `${program} --url=${gateway.url} --token-env=OWNER_TOKEN get </dev/null`
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env['PATH'] ?? '', OWNER_TOKEN: w.owner.token ?? '' },
    })
    const [shown, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    expect(shown).toContain('a token is not shown on a terminal')
    expect([code, gateway.seen]).toEqual([1, []])
  })
})

describe('where the subject token comes from', () => {
  const bearer = (run: HelperRun) => claimsOf(attributes(run).password).aud

  test('a file, read anew at each call', async () => {
    const path = join(w.dir, 'token')
    await writeFile(path, `${w.owner.token}\n`)
    const fromFile = () =>
      runHelper('git-credential-sluice', [`--url=${gateway.url}`, `--token-file=${path}`, 'get'], {
        input: asks(),
      })
    expect(bearer(await fromFile())).toBe(gateway.url)
    await rm(path)
    expect((await fromFile()).stderr).toContain('the token file cannot be read (ENOENT)')
  })

  test('a descriptor of a file that is deleted, as often as git asks', async () => {
    const path = join(w.dir, 'vanishing')
    await writeFile(path, w.owner.token ?? '')
    const file = await open(path, 'r')
    await rm(path)
    const args = [`--url=${gateway.url}`, '--token-fd=3', 'get']
    for (const _ of [1, 2]) {
      const run = await runHelper('git-credential-sluice', args, { input: asks(), descriptor: file.fd })
      expect(bearer(run)).toBe(gateway.url)
    }
    await file.close()
  })

  test('a descriptor comes before a file, a file before a variable, and a broken one is no reason for the next', async () => {
    const env = { SLUICE_URL: gateway.url, SLUICE_TOKEN_ENV: 'OWNER_TOKEN', OWNER_TOKEN: w.owner.token ?? '' }
    const get = (more: Record<string, string>) =>
      runHelper('git-credential-sluice', ['get'], { input: asks(), env: { ...env, ...more } })
    expect(bearer(await get({}))).toBe(gateway.url)
    expect((await get({ SLUICE_TOKEN_FILE: '/nonexistent/token' })).stderr).toContain('the token file')
    const both = await get({ SLUICE_TOKEN_FILE: '/nonexistent/token', SLUICE_TOKEN_FD: '900' })
    expect(both.stderr).toContain('file descriptor 900 cannot be read (EBADF)')
  })

  describe('SLUICE_TOKEN', () => {
    const get = (args: readonly string[], env: Record<string, string>) =>
      runHelper('git-credential-sluice', [...args, 'get'], { input: asks(), env })
    const token = () => w.owner.token ?? ''

    test('is for the server of SLUICE_URL, or of the arguments where that is not set', async () => {
      expect(bearer(await get([], { SLUICE_TOKEN: token(), SLUICE_URL: gateway.url }))).toBe(gateway.url)
      expect(bearer(await get([`--url=${gateway.url}`], { SLUICE_TOKEN: token() }))).toBe(gateway.url)
    })

    test('goes to no server that it was not set for', async () => {
      const SLUICE_URL = 'https://git.example.test'
      for (const [args, env] of [
        [[], {}],
        [[`--url=${SLUICE_URL}`], {}],
        [[`--url=${gateway.url}`], { SLUICE_URL }],
      ] as const)
        expect(await get(args, { SLUICE_TOKEN: token(), ...env })).toEqual({
          code: 0,
          stdout: '',
          stderr: '',
        })
      expect(gateway.seen).toEqual([])
    })

    test('comes after every other source', async () => {
      const env = { SLUICE_TOKEN: 'not-valid', SLUICE_URL: gateway.url, OWNER_TOKEN: token() }
      expect(bearer(await get(['--token-env=OWNER_TOKEN'], env))).toBe(gateway.url)
      expect(bearer(await get([], { ...env, SLUICE_TOKEN_ENV: 'OWNER_TOKEN' }))).toBe(gateway.url)
      expect((await get([], env)).stdout).toBe('quit=1\n')
    })

    test('is an error where it is empty', async () => {
      const run = await get([], { SLUICE_TOKEN: '', SLUICE_URL: gateway.url })
      expect(run.stdout).toBe('')
      expect(run.stderr).toContain('there is no token in the environment variable SLUICE_TOKEN')
      expect(gateway.seen).toEqual([])
    })
  })

  test.each([['--token-fd=x'], ['--token-fd=1'], ['--tokens'], ['--url=nothing']])(
    '%s makes no sense',
    async (arg) => {
      const run = await runHelper('git-credential-sluice', [arg, 'get'], { input: asks() })
      expect(run).toMatchObject({ code: 1, stdout: '' })
      expect(run.stderr).not.toBe('')
    },
  )
})

describe('other actions', () => {
  test('store keeps nothing: the helper has its own way of getting tokens', async () => {
    const input = asks('username=x', 'password=y')
    expect(await helper('store', input)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(gateway.seen).toEqual([])
  })

  test('erase answers nothing', async () => {
    const input = asks('username=x', 'password=y')
    expect(await helper('erase', input)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('capability tells what is understood', async () => {
    expect((await helper('capability', '')).stdout).toBe('version 0\ncapability authtype\n')
  })

  test('an action that is not known is passed over in silence', async () => {
    expect(await helper('frobnicate', asks())).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('no action at all gets the usage', async () => {
    const run = await runHelper('git-credential-sluice', [])
    expect([run.code, run.stdout]).toEqual([1, ''])
    expect(run.stderr).toContain('usage: git credential-sluice')
  })
})
