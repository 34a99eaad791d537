/** The load against a real server, and its arithmetic against figures counted by hand. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { world, type World } from '../../test/support/world.ts'
import { git } from '../git.ts'
import { CannotLoad, checkRemote } from './check-remote.ts'
import { CommitLine } from './commit-line.ts'
import { keepCredential } from './credential.ts'
import { failedGit, kindOf, LOST_RACE } from './failure.ts'
import { checkPack } from './fetch-wire.ts'
import { openGitClient } from './git-client.ts'
import { percentile, summarizeLevel, type LoadSample } from './level-result.ts'
import type { LoadClient } from './load-client.ts'
import { parseLoadOptions } from './options.ts'
import { bar } from './progress-bar.ts'
import { openProtocolClient } from './protocol-client.ts'
import { checkReport, findAdvertised } from './push-wire.ts'
import { readBase } from './read-base.ts'
import { STRATEGIES, type StrategyName } from './strategies.ts'
import { openRemote, type LoadTarget } from './targets.ts'

let w: World
let target: LoadTarget

beforeAll(async () => {
  w = await world()
  await w.agent.start(w.repo.url)
  await w.agent.commit('readme', 'what is cloned\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  const headers = { authorization: `Bearer ${w.agent.token ?? ''}` }
  const credential = await keepCredential(w.dir, headers)
  const repositoriesFor = () => Promise.resolve(['/acme/app.git'])
  const dispose = async () => {}
  target = {
    ...{ name: 'Sluice', origin: w.url, headers, credential, cpu: null, repositoriesFor },
    [Symbol.asyncDispose]: dispose,
  }
})
afterAll(() => w[Symbol.asyncDispose]())

const clients = {
  protocol: (shallow: string) =>
    Promise.resolve(openProtocolClient(target.origin, target.headers, { path: '/acme/app.git', shallow })),
  git: (shallow: string) =>
    openGitClient(
      target.origin,
      target.credential,
      { path: '/acme/app.git', shallow },
      join(w.dir, 'git-agent'),
    ),
} as const

/** @returns what was measured until `operations` were through */
async function run(strategy: StrategyName, client: LoadClient, name: string, operations: number) {
  const base = await readBase(target, '/acme/app.git', w.dir)
  const samples: string[] = []
  await STRATEGIES[strategy].run({
    ...{ client, ref: `refs/heads/bench/${name}`, seed: name, base },
    mayGoOn: () => samples.length < operations,
    measure: async (operation, work) => {
      const failure = await work().then(() => null, kindOf)
      samples.push(`${operation}: ${failure ?? 'ok'}`)
      return failure === null
    },
    tidy: (work) => work(),
  })
  return samples
}

describe.each(['protocol', 'git'] as const)('agents that speak by %s', (kind) => {
  test('clone, push five times and remove their branch again', async () => {
    const head = await w.agent.ok('rev-parse', 'HEAD')
    await using client = await clients[kind](head)
    const samples = await run('session', client, `session-${kind}`, 6)
    expect(samples).toEqual(['clone: ok', ...Array.from({ length: 5 }, () => 'push: ok')])
    expect((await w.onServer('for-each-ref', `refs/heads/bench/session-${kind}*`)).stdout).toBe('')
  })

  test('leave commits behind that git finds whole', async () => {
    await using client = await clients[kind](await w.agent.ok('rev-parse', 'HEAD'))
    expect(await run('branch', client, `branch-${kind}`, 3)).toEqual(['push: ok', 'push: ok', 'push: ok'])
    expect((await w.onServer('rev-list', '--count', `bench/branch-${kind}`)).stdout.trim()).toBe('3')
    const checked = await w.onServer('fsck', '--strict', '--no-dangling')
    expect(checked.code, checked.output).toBe(0)
  })

  test('count a refusal by its kind', async () => {
    await using client = await clients[kind](await w.agent.ok('rev-parse', 'HEAD'))
    const commit = new CommitLine(`refused-${kind}`, null).next()
    await client.prepare(commit)
    const failure = await client.push('refs/pull/7/head', commit).then(() => null, kindOf)
    expect(failure).toMatch(kind === 'git' ? /^git: .*rejected/ : /^ng: /)
  })
})

test('a server that wants another credential is a failure by its status', async () => {
  await using client = openProtocolClient(w.url, {}, { path: '/acme/app.git', shallow: null })
  expect(await client.clone().then(() => null, kindOf)).toBe('HTTP 401')
})

test('a prepared pack is one that git accepts under its strictest rules', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'load-pack-'))
  await git(['init', '-q', '--bare', directory])
  const { oid, pack } = new CommitLine('strict', null).next()
  await git(['index-pack', '--strict', '--stdin'], { cwd: directory, input: Readable.from([pack]) })
  await git(['fsck', '--strict', oid], { cwd: directory })
  await rm(directory, { recursive: true })
})

describe('an answer is a success only when it says so', () => {
  const packet = (band: number, text: string) => {
    const payload = Buffer.concat([Buffer.from([band]), Buffer.from(text, 'latin1')])
    return Buffer.concat([Buffer.from((payload.length + 4).toString(16).padStart(4, '0')), payload])
  }

  test.each([
    ['', 'push: no report'],
    ['unpack index-pack failed\n', 'unpack: index-pack failed'],
    ['unpack ok\n0020ng refs/heads/a protected\n', 'ng: protected'],
    ['unpack ok\n0020ng refs/heads/a stale info\n', LOST_RACE],
    ['unpack ok\n0017ok refs/heads/other\n', 'push: the report is about another ref'],
  ])('of a push: %j', (report, kind) => {
    expect(() => checkReport(packet(1, report), 'refs/heads/a')).toThrow(kind)
  })

  test('of a clone: a pack that is not whole is none', () => {
    const { pack } = new CommitLine('short', null).next()
    const answer = (bytes: Buffer) => packet(1, bytes.toString('latin1'))
    expect(() => checkPack(answer(pack))).not.toThrow()
    expect(() => checkPack(answer(pack.subarray(0, -1)))).toThrow('not whole')
    expect(() => checkPack(answer(pack).subarray(0, -1))).toThrow('ends too early')
    expect(() => checkPack(packet(3, 'out of disk'))).toThrow('clone: out of disk')
  })

  test.each([
    [
      "fatal: unable to access 'http://a.example/x': 500",
      "fatal: unable to access 'http://b.example/y': 500",
    ],
    [`error: ${'a'.repeat(40)} is missing`, `error: ${'b'.repeat(40)} is missing`],
    ['error: refs/heads/a is odd', 'error: refs/heads/b is odd'],
  ])('what differs only in names is one kind: %s', (one, other) => {
    expect(failedGit(one).kind).toBe(failedGit(other).kind)
  })
})

test('the old value of a push is what the server advertises', () => {
  const oid = 'a'.repeat(40)
  const advertised = Buffer.from(
    `00aa${oid} refs/heads/a\0report-status\n003f${'b'.repeat(40)} refs/heads/ab\n`,
  )
  expect(findAdvertised(advertised, 'refs/heads/a')).toBe(oid)
  expect(findAdvertised(advertised, 'refs/heads/ab')).toBe('b'.repeat(40))
  expect(findAdvertised(advertised, 'refs/heads/abc')).toBe('0'.repeat(40))
})

describe('a level', () => {
  test.each([
    [[10], 99, 10],
    [[1, 2, 3, 4], 50, 2],
    [Array.from({ length: 100 }, (_, at) => at + 1), 95, 95],
    [[], 50, 0],
  ])('of %j has %d % by nearest rank at %d', (sorted, percent, value) => {
    expect(percentile(sorted, percent)).toBe(value)
  })

  test('counts what began after the warm-up and ended in the window, races apart from errors', () => {
    const sample = (atMs: number, ms: number, failure: string | null = null): LoadSample => {
      return { operation: 'push', atMs, ms, failure }
    }
    const samples = [
      sample(900, 200),
      sample(1_000, 10),
      sample(1_500, 30),
      sample(1_600, 5, LOST_RACE),
      sample(1_700, 5, 'HTTP 503'),
      sample(2_990, 20),
    ]
    const facts = { strategy: 'branch', concurrency: 4, warmupMs: 1_000, windowMs: 2_000 } as const
    const costs = { serverCpuMs: 40, clientCpuMs: 500, tidyFailures: 0 }
    expect(summarizeLevel(samples, { ...facts, ...costs })).toMatchObject({
      pushes: 4,
      ok: 2,
      cas_failures: 1,
      other_errors: 1,
      ops_per_sec: 1,
      p50_ms: 10,
      p99_ms: 30,
      error_messages: [{ message: 'HTTP 503', count: 1 }],
      server_cpu_ms_per_op: 20,
      client_cores: 0.25,
    })
  })
})

describe('the command line', () => {
  test('has forgemark’s strategies and sweep by itself', () => {
    const { strategies, concurrency, client, remote } = parseLoadOptions([])
    expect({ strategies, concurrency, client, remote }).toEqual({
      strategies: ['branch', 'repo', 'clone', 'session'],
      concurrency: [1, 8, 32, 128],
      client: 'protocol',
      remote: null,
    })
  })

  test.each([
    [['--strategy', 'storm']],
    [['--concurrency', '1,0']],
    [['--client', 'svn']],
    [['--url', 'https://git.example']],
    [['--url', 'git.example', '--repos', 'a/b.git']],
    [['--token', 'a token in an argument is seen by all']],
  ])('refuses %j', (args) => {
    expect(() => parseLoadOptions(args)).toThrow()
  })
})

describe('a server that runs already and cannot be loaded', () => {
  const whole = () => ({ url: w.url, repositories: ['acme/app.git'], headers: target.headers })
  const asBasic = (token: string) => ({
    authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}`,
  })

  test.each([
    ['elsewhere', { url: 'http://127.0.0.1:1' }, /^--url: no answer \(ECONNREFUSED\); is the server running/],
    ['that wants a token', { headers: {} }, /wants a token; give it with --token-file, or in ACCESS_TOKEN$/],
    ['that knows no such token', { headers: asBasic('none') }, /does not take the token; give another one/],
    [
      'without the repository',
      { repositories: ['acme/app.git', 'acme/none.git'] },
      /^--repos: acme\/none.git is not/,
    ],
    ['that is none of git', { repositories: ['health'] }, /^--repos: health is not there/],
  ])('is one %s: a line says what to do', async (_which, wrong, said) => {
    const failure = await checkRemote({ ...whole(), ...wrong }, ['branch']).catch((err: unknown) => err)
    expect(failure).toBeInstanceOf(CannotLoad)
    expect((failure as Error).message).toMatch(said)
    expect((failure as Error).message).not.toMatch(/\n|none'/)
  })

  test('is one whose repository is empty, where it is to be cloned', async () => {
    await w.createRepo('empty')
    const headers = { authorization: `Bearer ${w.owner.token ?? ''}` }
    const place = { url: w.url, repositories: ['acme/empty.git'], headers }
    await expect(checkRemote(place, ['branch', 'repo'])).resolves.toBeUndefined()
    await expect(checkRemote(place, ['branch', 'session'])).rejects.toThrow('has nothing to clone')
  })

  test('is one to which the token may not push, though it may be cloned', async () => {
    const repo = await w.createRepo('shown', { visibility: 'public' })
    await w.owner.gitWith({ cwd: w.agent.dir }, 'push', '-q', repo.url, 'main')
    const headers = { authorization: `Bearer ${w.stranger.token ?? ''}` }
    const place = { url: w.url, repositories: ['acme/shown.git'], headers }
    await expect(checkRemote(place, ['clone'])).resolves.toBeUndefined()
    await expect(checkRemote(place, ['branch'])).rejects.toThrow(
      'the token may not push there; give one that may',
    )
  })

  test('is told so with a token that cannot be read', async () => {
    const remote = { url: w.url, repositories: [], tokenFile: join(w.dir, 'no-token'), user: 'x' }
    await expect(openRemote(remote, ['branch'], { scratch: w.dir })).rejects.toThrow(
      /cannot be read \(ENOENT\)/,
    )
  })

  test('is not one that can be', async () => {
    await expect(checkRemote(whole(), ['branch', 'repo', 'clone', 'session'])).resolves.toBeUndefined()
  })
})

test('a bar is as long at its end as at its beginning', () => {
  expect(bar(0)).toBe(`[${' '.repeat(24)}] 0 %`)
  expect(bar(1)).toBe(`[${'#'.repeat(24)}] 100 %`)
})
