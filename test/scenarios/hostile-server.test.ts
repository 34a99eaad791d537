/** A server that wants to harm its own client: its words reach a terminal as words, and its answers end. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { runHelper, type HelperRun } from '../support/git-helpers.ts'
import { scriptedServer, type ScriptedServer } from '../support/scripted-server.ts'

/** Sets the title of a window, and begins a line of its own. */
const ESCAPES = '\x1b]0;owned\x07\nfatal: forged\u202e'
const SPEAKS_TO_TERMINAL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/

let server: ScriptedServer
beforeAll(async () => {
  server = await scriptedServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const env = () => ({ SLUICE_URL: server.url, SLUICE_TOKEN_ENV: 'AGENT_TOKEN', AGENT_TOKEN: 'subject-token' })

function credentialHelper(): Promise<HelperRun> {
  const input = `protocol=http\nhost=${new URL(server.url).host}\n\n`
  return runHelper('git-credential-sluice', ['get'], { input, env: env() })
}

function remoteHelper(input: string): Promise<HelperRun> {
  const address = `${server.url.replace('http:', 'sluice+http:')}/acme/app`
  return runHelper('git-remote-sluice', ['origin', address], { input, env: env() })
}

const TOKEN = { status: 200, body: { access_token: 'short', token_type: 'Bearer', expires_in: 900 } }

test('why there is no token is one line that a terminal only shows-regression', async () => {
  server.play({ status: 400, body: { error: ESCAPES, error_description: ESCAPES } })
  for (const run of [await credentialHelper(), await remoteHelper('list for-push\n\n')]) {
    expect(run.stderr).toContain('fatal: forged')
    expect(run.stderr).not.toMatch(SPEAKS_TO_TERMINAL)
    expect(run.stderr.trimEnd()).not.toContain('\n')
  }
})

test('what a server says of a refusal is marked as its own, and a terminal only shows it-regression', async () => {
  server.play(TOKEN, { status: 403, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: ESCAPES })
  const { stderr } = await remoteHelper('list for-push\n\n')
  expect(stderr).toContain('\nremote: fatal: forged')
  expect(stderr).not.toMatch(SPEAKS_TO_TERMINAL)
})

test('refs whose names git would not take are not told to git-regression', async () => {
  const oid = 'a'.repeat(40)
  const names = ['main\0report-status', '\x1b[2J', 'with space', 'other']
  const lines = names.map((name) => pktLine(`${oid} refs/heads/${name}\n`))
  server.play(TOKEN, {
    status: 200,
    headers: { 'content-type': 'application/x-git-receive-pack-advertisement' },
    body: Buffer.concat([pktLine('# service=git-receive-pack\n'), FLUSH, ...lines, FLUSH]).toString(),
  })
  const { stdout } = await remoteHelper('list for-push\n\n')
  expect(stdout).toBe(`:object-format sha1\n${oid} refs/heads/main\n${oid} refs/heads/other\n\n`)
})

test('the identity of a workload that a server repeats is not shown-regression', async () => {
  const assertion = (body: string) => new URLSearchParams(body).get('assertion') ?? ''
  server.play(({ body }) => ({
    status: 400,
    body: { error: 'invalid_grant', error_description: assertion(body) },
  }))
  const input = `protocol=http\nhost=${new URL(server.url).host}\n\n`
  const run = await runHelper('git-credential-sluice', ['--workload', 'get'], { input, env: env() })
  expect(run.stderr).toContain('[token]')
  expect(run.stderr).not.toContain('subject-token')
})

test('what a platform exchanges for no token is no line for git', async () => {
  const input = `protocol=http\nhost=${new URL(server.url).host}\n\n`
  server.play({ status: 200, body: { access_token: 'short\rquit=1', expires_in: 900 } })
  const run = await runHelper('git-credential-sluice', ['--workload', 'get'], { input, env: env() })
  expect(run.stdout).toBe('')
  expect(run.stderr).toContain('answered without a token')
})
