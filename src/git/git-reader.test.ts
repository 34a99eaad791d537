import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { RepoId } from '../kernel/ids.ts'
import { runGit } from '../../test/support/actor.ts'
import { testLauncher } from '../../test/support/launcher.ts'
import { GitReader, type Reader } from './git-reader.ts'
import type { Launcher } from './launcher/launcher.ts'
import { FairQueue } from './limits.ts'

let dir: string
let launcher: Launcher
let reader: Reader
const queue = new FairQueue({ total: 1, perRepository: 1, perPrincipal: 1, maxWaiting: 5 })
const git = () => new GitReader(launcher, queue, { memoryBytes: 512 << 20 })

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-reader-'))
  await runGit(['init', '-q', '--bare', '.'], { cwd: dir })
  launcher = await testLauncher()
  reader = { repo: { id: randomUUID() as RepoId, path: dir, objectFormat: 'sha1' }, principal: 'ada' }
})
afterAll(async () => {
  await launcher[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

test('runs git in the repository and gives its place back', async () => {
  expect((await git().run(reader, ['rev-parse', '--is-bare-repository'])).toString()).toBe('true\n')
  expect(queue.running).toBe(0)
})

test('a failure of git is GIT_FAILED, and its words are for the log only', async () => {
  const failed = git().run(reader, ['rev-parse', '--verify', 'nothing'])
  await expect(failed).rejects.toMatchObject({ code: 'GIT_FAILED', details: null })
})

test('an exit code that is an answer is none', async () => {
  const out = await git().run(reader, ['rev-parse', '-q', '--verify', 'nothing'], { okCodes: [0, 1] })
  expect(out.length).toBe(0)
})

test('too much output is UNPROCESSABLE, and git is ended', async () => {
  const long = git().run(reader, ['help', '-a'], { maxOutputBytes: 10 })
  await expect(long).rejects.toMatchObject({
    code: 'UNPROCESSABLE',
    details: { reason: 'the result is too large' },
  })
  expect(await git().run(reader, ['version'])).not.toHaveLength(0)
})

/** A git that waits until it is killed: `wallMs` is what ends it, or a signal. */
const WAITING = ['-c', 'alias.wait=!sleep 60', 'wait']

test('what takes too long is UNAVAILABLE', async () => {
  const slow = git().run(reader, WAITING, { wallMs: 50 })
  await expect(slow).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { reason: 'took too long' } })
})

test('a client that leaves ends git, and its place is free', async () => {
  const gone = new AbortController()
  const started = await git().start({ ...reader, signal: gone.signal }, WAITING)
  expect(queue.running).toBe(1)
  gone.abort()
  expect((await started.exited).code).toBeNull()
  expect(await git().run(reader, ['version'])).not.toHaveLength(0)
})

test('a run whose client has left is told so, not that git failed', async () => {
  const gone = new AbortController()
  const before = launcher.started
  const run = git().run({ ...reader, signal: gone.signal }, WAITING)
  await vi.waitUntil(() => launcher.started > before)
  gone.abort(new Error('gone'))
  await expect(run).rejects.toThrow('gone')
})

test('output is carried into a writable, which stays open', async () => {
  const into = new PassThrough()
  const started = await git().startInto(reader, into, ['version'])
  await started.written
  expect(String(into.read())).toMatch(/^git version/)
  expect(into.writableEnded).toBe(false)
})
