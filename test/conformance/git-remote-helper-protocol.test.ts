/**
 * git's remote helper protocol, as git-remote-sluice speaks it: its standard input and output.
 *
 * @see gitremote-helpers(7)
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FLUSH, lineOf, pktLine, takePacket } from '../../src/git/wire/pkt-line.ts'
import { runHelper } from '../support/git-helpers.ts'
import { commandBody } from '../support/raw-git.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
let b: Workbench
let head: string
beforeAll(async () => {
  w = await world()
  b = await workbench(w)
  head = await b.agent.commit('a.txt', 'hello\n')
  await b.agent.ok('push', 'origin', 'main')
})
afterAll(() => w[Symbol.asyncDispose]())

/** @param input what git would write, to its end */
function helper(input: string | Buffer, address = b.repo.url.replace(/^http:/, 'sluice+http:')) {
  const env = { SLUICE_URL: w.url, SLUICE_TOKEN_ENV: 'AGENT_TOKEN', AGENT_TOKEN: b.agent.token ?? '' }
  return runHelper('git-remote-sluice', ['origin', address], {
    input,
    env: { ...env, GIT_DIR: `${b.agent.dir}/.git` },
  })
}

const lines = (...commands: string[]) => commands.map((command) => `${command}\n`).join('')

describe('commands', () => {
  test('capabilities: one a line, ended by an empty one', async () => {
    const run = await helper(lines('capabilities', ''))
    expect(run).toEqual({ code: 0, stderr: '', stdout: 'stateless-connect\npush\noption\nobject-format\n\n' })
  })

  test('an empty line, or the end of input, ends the run', async () => {
    expect(await helper('\n')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await helper('')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('option: ok, unsupported, or error for a value that makes no sense', async () => {
    const asked = [
      ['verbosity 2', 'ok'],
      ['verbosity much', 'error invalid value'],
      ['progress true', 'ok'],
      ['progress maybe', 'error invalid value'],
      ['object-format true', 'ok'],
      ['push-option "a\\tb"', 'ok'],
      ['push-option "unfinished', 'error invalid value'],
      ['family ipv4', 'ok'],
      ['pushcert true', 'unsupported'],
      ['toString x', 'unsupported'],
      ['depth 1', 'unsupported'],
    ] as const
    const run = await helper(lines(...asked.map(([option]) => `option ${option}`), ''))
    expect(run.stdout.split('\n').slice(0, -1)).toEqual(asked.map(([, answer]) => answer))
  })

  test('list for-push: the object format, every ref with its value, and an empty line', async () => {
    const run = await helper(lines('list for-push', ''))
    expect(run.stdout).toBe(`:object-format sha1\n${head} refs/heads/main\n\n`)
  })

  test('push: a line for each ref, as git send-pack says it, and an empty one', async () => {
    const run = await helper(
      lines('list for-push', `push ${head}:refs/heads/a`, `push ${head}:refs/internal/b`, '', ''),
    )
    expect(run.stdout).toMatch(/ok refs\/heads\/a\nerror refs\/internal\/b reserved ref\n\n$/)
    expect((await b.refs())['refs/heads/a']).toBe(head)
  })

  test('push without a list before it works as well', async () => {
    const run = await helper(lines(`push +${head}:refs/heads/unlisted`, '', ''))
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(/\nok refs\/heads\/unlisted\n\n$/)
  })

  test('what git does not say is a fatal error, and one line about it', async () => {
    const run = await helper(lines('import refs/heads/main', ''))
    expect([run.code, run.stdout]).toEqual([128, ''])
    expect(run.stderr).toBe('fatal: git asks for something that this helper does not do\n')
  })
})

describe('stateless-connect', () => {
  test('connects to git-upload-pack with an empty line and what protocol v2 offers', async () => {
    const run = await helper(lines('stateless-connect git-upload-pack'))
    expect(run.stdout.startsWith('\n')).toBe(true)
    const offered = packetsOf(run.stdout.slice(1))
    expect(offered[0]).toBe('version 2')
    expect(offered).toContain('object-format=sha1')
    expect(offered.at(-1)).toBe('flush')
    expect(run.code).toBe(0)
  })

  test('each response ends with a response-end packet; requests follow one another on one connection', async () => {
    const request = commandBody('ls-refs', ['ref-prefix refs/heads/main'])
    const run = await helper(
      Buffer.concat([Buffer.from('stateless-connect git-upload-pack\n'), request, request]),
    )
    const packets = packetsOf(run.stdout.slice(1))
    const answer = [`${head} refs/heads/main`, 'flush', 'response-end']
    expect(packets.slice(-6)).toEqual([...answer, ...answer])
  })

  test('a request longer than a kibibyte is compressed, and answered all the same', async () => {
    const prefixes = Array.from({ length: 100 }, (_, i) => `ref-prefix refs/heads/${i}-${'x'.repeat(40)}`)
    const request = commandBody('ls-refs', [...prefixes, 'ref-prefix refs/heads/main'])
    const run = await helper(Buffer.concat([Buffer.from('stateless-connect git-upload-pack\n'), request]))
    expect(packetsOf(run.stdout.slice(1))).toContain(`${head} refs/heads/main`)
  })

  test.each(['git-receive-pack', 'git-upload-archive'])('falls back for %s', async (service) => {
    const run = await helper(lines(`stateless-connect ${service}`, ''))
    expect(run).toEqual({ code: 0, stdout: 'fallback\n', stderr: '' })
  })

  test('a request that git does not finish is an error', async () => {
    const run = await helper(
      Buffer.concat([Buffer.from('stateless-connect git-upload-pack\n'), pktLine('command=ls-refs\n')]),
    )
    expect(run.code).toBe(128)
    expect(run.stderr).toBe('fatal: git ended in the middle of a request\n')
  })

  test('what is no packet is an error, and not repeated', async () => {
    const run = await helper(lines('stateless-connect git-upload-pack', 'zzzz nonsense'))
    expect(run.code).toBe(128)
    expect(run.stderr).not.toContain('nonsense')
  })

  test('a command that the server refuses is told as the server told it', async () => {
    const run = await helper(
      Buffer.concat([
        Buffer.from('stateless-connect git-upload-pack\n'),
        pktLine('command=destroy\n'),
        pktLine('object-format=sha1'),
        FLUSH,
      ]),
    )
    expect(run.code).toBe(128)
    expect(run.stderr).toMatch(/^fatal: the server refused \(HTTP 400\)\nremote: .+\n$/)
  })
})

describe('what is called wrongly', () => {
  test('without an address it explains itself', async () => {
    const run = await runHelper('git-remote-sluice', [])
    expect([run.code, run.stderr]).toEqual([
      128,
      'fatal: git calls this; clone sluice://<host>/<org>/<repo>\n',
    ])
  })

  test('a page that is no repository is not taken for one', async () => {
    const run = await helper(lines('stateless-connect git-upload-pack'), `${w.url}/docs/errors`)
    expect(run.code).toBe(128)
    expect(run.stderr).toMatch(/^fatal: /)
  })
})

/** Text of data packets, names of the others. */
function packetsOf(text: string): string[] {
  const packets: string[] = []
  for (let packet = takePacket(Buffer.from(text)); packet !== null; packet = takePacket(packet.rest)) {
    packets.push(packet.kind === 'data' ? lineOf(packet.payload) : packet.kind)
  }
  return packets
}
