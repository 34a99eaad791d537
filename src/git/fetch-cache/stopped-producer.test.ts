/** A git that makes an answer for many and is stopped in the middle of it, as `SIGSTOP` or a hanging disk stops it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testLauncher } from '../../../test/support/launcher.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { SlabPool } from '../launcher/slab-pool.ts'
import { FetchCache, type Produce } from './fetch-cache.ts'

const BYTES = 300_000
const DEADLINE_MS = 500
/** Until a git that heeds no request to end is killed, and much for a machine that is busy. */
const GRACE_MS = 10_000

let directory: string
let launcher: Launcher
let cache: FetchCache
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-fetches-'))
  launcher = await testLauncher()
  cache = new FetchCache({ directory, maxBytes: 1e9, slabs: new SlabPool(), onFailed: () => {} })
})
afterAll(async () => {
  await cache[Symbol.asyncDispose]()
  await launcher[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

/** Writes so much, then does `then` in a shell; as the room of transport has git make an answer. */
function git(then: string): Produce {
  return async (into, signal) => {
    const alias = `alias.answer=!head -c ${BYTES} /dev/zero; ${then}; :`
    const spec = { cwd: directory, args: ['-c', alias, 'answer'], wallMs: DEADLINE_MS }
    const { stdin, written, exited } = launcher.startInto(into, spec, { signal })
    stdin.on('error', () => {}).end()
    await written
    const { code, signal: killedBy } = await exited
    if (code === null) throw new AppError('GIT_FAILED', { cause: new Error(`git: ${killedBy}`) })
    return code === 0
  }
}

async function read(produce: Produce): Promise<{ bytes: number; fault: unknown }> {
  const asker = { party: 'anybody', enter: async () => ({ [Symbol.dispose]: () => {} }) }
  const question = { repoId: 'repo' as RepoId, key: 'key', isSharedAtOnce: () => true, asker }
  await using answer = cache.find(question, produce)
  let bytes = 0
  const into = new Writable({ write: (chunk: Buffer, _, done) => ((bytes += chunk.length), done()) })
  const fault: unknown = await answer!.writeInto(into).then(
    () => null,
    (err: unknown) => err,
  )
  return { bytes, fault }
}

test('those who follow it are told when its time is over that it is not whole, and the next one has it made again', async () => {
  const began = performance.now()
  const followers = await Promise.all([1, 2, 3].map(() => read(git('kill -STOP 0'))))
  expect(performance.now() - began).toBeLessThan(DEADLINE_MS + GRACE_MS)
  for (const { bytes, fault } of followers) {
    expect(bytes).toBe(BYTES)
    expect(fault).toMatchObject({ message: 'the answer could not be made whole' })
  }
  expect([cache.answers, cache.followers, cache.counts.failures]).toEqual([0, 0, 1])
  expect(await read(git('true'))).toEqual({ bytes: BYTES, fault: null })
  expect(cache.counts.misses).toBe(2)
})
