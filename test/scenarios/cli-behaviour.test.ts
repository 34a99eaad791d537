/** auth.md, section 5: how the `sluice` command behaves in pipes, scripts, shells and terminals. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliHome, cliScript, type CliHome } from '../support/cli.ts'

/** Answers as a test says; what a real server never would among it. */
let server: Server
let answer: { status: number; body: unknown; headers?: Record<string, string> }
let asked = 0
let home: CliHome
beforeAll(async () => {
  server = createServer((_request, response) => {
    asked++
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(JSON.stringify(answer.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  home = await cliHome({ SLUICE_URL: url, SLUICE_TOKEN: 'secret-of-ann' })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await home[Symbol.asyncDispose]()
})

const envelope = (code: string, details: unknown = null) => ({ error: { code, message: 'no', details } })
const RETRY_SOON = { 'retry-after': '0' }

test.each([
  [401, 3],
  [403, 4],
  [404, 5],
  [410, 5],
  [409, 6],
  [412, 6],
  [429, 7],
  [503, 7],
  [500, 7],
  [400, 8],
  [422, 8],
])('an answer of status %i ends the command with %i, with the request id', async (status, code) => {
  answer = { status, body: envelope('SOME_CODE'), headers: { 'x-request-id': 'r-1', ...RETRY_SOON } }
  const run = await home.run(['repo', 'show', 'acme/app'])
  expect([run.code, run.stdout]).toEqual([code, ''])
  expect(run.stderr).toContain('request: r-1')
})

test('with --json an error is JSON as well, also that of a wrong command line', async () => {
  answer = { status: 404, body: envelope('NOT_FOUND', { reason: 'no such repository' }) }
  const absent = await home.run(['repo', 'show', 'acme/app', '--json'])
  expect(JSON.parse(absent.stderr)).toEqual({
    error: {
      code: 'NOT_FOUND',
      message: 'no',
      details: { reason: 'no such repository' },
      requestId: null,
      hint: null,
      exitCode: 5,
    },
  })
  const wrong = await home.run(['repo', 'shew', '--json'])
  expect([wrong.code, JSON.parse(wrong.stderr).error]).toEqual([2, expect.objectContaining({ exitCode: 2 })])
})

test('the faults of a request are listed, each with its place', async () => {
  answer = { status: 400, body: envelope('VALIDATION_ERROR', [{ path: 'name', message: 'too long' }]) }
  const run = await home.run(['repo', 'create', 'acme/app'])
  expect([run.code, run.stderr]).toEqual([8, 'sluice: no\n  name: too long\n'])
})

test('a server that repeats the token does not make the command repeat it', async () => {
  answer = { status: 403, body: envelope('FORBIDDEN', { reason: 'got secret-of-ann' }) }
  const run = await home.run(['repo', 'show', 'acme/app'])
  expect(run.code).toBe(4)
  expect(run.stderr).not.toContain('secret-of-ann')
})

test('what others have named cannot write to the terminal', async () => {
  answer = { status: 200, body: [{ number: 1, title: 'x\x1b]0;gotcha\x07\x9b2J', status: 'open' }] }
  for (const flags of [[], ['--json']]) {
    const run = await home.run(['pr', 'list', 'acme/app', ...flags])
    expect(run.code).toBe(0)
    expect(run.stdout).not.toMatch(/[\x1b\x07\x9b]/)
  }
})

test('away from a terminal there are no colours, no titles and no progress', async () => {
  answer = { status: 200, body: [{ number: 1, title: 'One', status: 'open', sourceBranch: 'a' }] }
  const run = await home.run(['pr', 'list', 'acme/app'])
  expect([run.stdout, run.stderr]).toEqual(['1\topen\tOne\ta\t\t\n', ''])
})

test('a reader that goes early is no failure', async () => {
  const long = 'x'.repeat(1000)
  answer = { status: 200, body: Array.from({ length: 5000 }, (_, number) => ({ number, title: long })) }
  const child = spawn(process.execPath, [await cliScript(), 'pr', 'list', 'acme/app', '-n', '5000'], {
    env: { ...process.env, SLUICE_TOKEN: 'x', SLUICE_URL: serverUrl(), HOME: home.dir },
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect([code, said]).toEqual([0, ''])
})

test('Ctrl-C ends the command with 130', async () => {
  const hanging = createServer()
  hanging.listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`
  const child = spawn(process.execPath, [await cliScript(), 'whoami'], {
    env: { ...process.env, SLUICE_TOKEN: 'x', SLUICE_URL: url, HOME: home.dir },
  })
  await once(hanging, 'request')
  child.kill('SIGINT')
  expect((await once(child, 'exit'))[0]).toBe(130)
  hanging.closeAllConnections()
  hanging.close()
})

test('nothing is sent before the command line is understood', async () => {
  const before = asked
  for (const args of [
    ['repo', 'create', 'acme'],
    ['token', 'create'],
    ['token', 'create', '--name', 'x', '--expires-in', 'soon'],
    ['pr', 'list', 'acme/app', '--status', 'strange'],
    ['repo', 'list', '-n', '0'],
    ['nonsense'],
  ])
    expect([args, (await home.run(args)).code]).toEqual([args, 2])
  expect(asked).toBe(before)
})

test('help is an answer and no failure; it shows examples', async () => {
  const help = await home.run(['token', 'exchange', '--help'])
  expect([help.code, help.stderr]).toEqual([0, ''])
  expect(help.stdout).toContain('Examples:\n  sluice token exchange --repo')
  expect((await home.run(['--version'])).stdout).toBe('0.0.0-test\n')
  expect((await home.run(['help', 'repo', 'clone'])).code).toBe(0)
})

test.each([
  ['sluice rep', ['repo']],
  ['sluice repo cl', ['clone']],
  ['sluice --server https://x.test repo de', ['delete']],
  ['sluice org members s', ['set']],
  ['sluice pr merge acme/app 1 --strategy s', ['squash']],
  ['sluice repo create acme/app --obj', ['--object-format']],
])('bash completes %j', async (line, expected) => {
  const { stdout: script } = await home.run(['completion', 'bash'])
  const words = line.split(' ')
  const probe = `${script}
COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`
  const bash = spawn('bash', ['-c', probe])
  expect((await text(bash.stdout)).trim().split('\n')).toEqual(expected)
})

test.each(['bash', 'zsh', 'fish'])('the completion for %s knows every command', async (shell) => {
  const { stdout } = await home.run(['completion', shell])
  for (const path of ['sluice token exchange', 'sluice account unbind', 'sluice org members remove'])
    expect(stdout).toContain(path)
})

function serverUrl(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a token that holds more than a token does nothing to a terminal-regression', async () => {
  answer = { status: 200, body: { access_token: '\x1b]0;owned\x07\nmore', expires_in: 900 } }
  const { code, stdout } = await home.run(['token', 'exchange'])
  expect(code).toBe(0)
  expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/)
  expect(stdout.trimEnd()).not.toContain('\n')
})

test.each([[[null]], [[{ path: 1, message: {} }]], [['text']]])(
  'details %o of a failure, which are not ours, break nothing-regression',
  async (details) => {
    answer = { status: 400, body: envelope('ODD', details) }
    const { code, stderr } = await home.run(['whoami'])
    expect([code, stderr.split('\n')[0]]).toEqual([8, 'sluice: no'])
  },
)
