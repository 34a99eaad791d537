import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testLauncher } from '../../../test/support/launcher.ts'
import { runGit } from '../../../test/support/actor.ts'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import { GitReader } from '../git-reader.ts'
import { FairQueue } from '../limits.ts'
import { grep } from './grep.ts'

test('a search that takes too long answers what it has found by then', async () => {
  const path = await mkdtemp(join(tmpdir(), 'sluice-grep-'))
  await runGit(['init', '-q', '--bare', '.'], { cwd: path })
  const lines = 'x'.repeat(99).concat('\n').repeat(200_000)
  const stream = `blob\nmark :1\ndata ${lines.length}\n${lines}\ncommit refs/heads/main\ncommitter C <c> 1 +0000\ndata 0\nM 644 :1 file\n`
  await runGit(['fast-import', '--quiet'], { cwd: path, input: stream })
  const commit = (await runGit(['rev-parse', 'main'], { cwd: path })).stdout.trim() as Oid

  const launcher = await testLauncher()
  const queue = new FairQueue({ total: 1, perRepository: 1, perPrincipal: 1, maxWaiting: 1 })
  const git = new GitReader(launcher, queue, { memoryBytes: 512 << 20 })
  const reader = { repo: { id: randomUUID() as RepoId, path, objectFormat: 'sha1' as const }, principal: 'p' }
  const question = { commit, text: 'no such text', limit: 10 }
  expect(await grep(git, reader, question, 1)).toEqual({ matches: [], truncated: 'time' })
  expect(await grep(git, reader, question)).toEqual({ matches: [], truncated: null })
  await launcher[Symbol.asyncDispose]()
  await rm(path, { recursive: true, force: true })
})
