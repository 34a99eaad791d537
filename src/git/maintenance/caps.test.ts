/** What git may take while it looks after a large repository. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { childrenOf, descendantsOf, residentKib } from '../../../test/support/processes.ts'
import { git, testStore, type TestStore } from '../../../test/support/store.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { runStep } from './caps.ts'
import { maintain } from './maintain.ts'
import { REPACK_NEW } from './steps.ts'

let s: TestStore
beforeAll(async () => {
  s = await testStore()
})
afterAll(() => s[Symbol.asyncDispose]())

const MIB = 1024 * 1024
const VERSIONS = 10
const FILE_BYTES = 10 * MIB
const MAX_RESIDENT_MIB = 192
const never = new AbortController().signal

/** Versions of a large file, each like the one before: git compares them by holding many at once. */
async function largeRepository(versions: number): Promise<RepoHandle> {
  const repo = await s.newRepo()
  const content = Buffer.from(randomBytes(FILE_BYTES / 2).toString('hex'))
  const lines: (string | Buffer)[] = []
  for (let n = 1; n <= versions; n++) {
    content.write(randomBytes(64 * 1024).toString('hex'), n * MIB - 200_000)
    lines.push(`commit refs/heads/main\ncommitter A <a@example.org> ${n} +0000\ndata 2\nc\n`)
    lines.push(`M 100644 inline large.txt\ndata ${content.length}\n`, Buffer.from(content), '\n')
  }
  const input = Buffer.concat(lines.map((part) => Buffer.from(part)))
  git(
    repo.path,
    ['-c', 'core.compression=0', '-c', 'core.bigFileThreshold=1g', 'fast-import', '--quiet'],
    input,
  )
  return repo
}

/** The most that one git below the launcher holds while `work` runs, and with what priority they run. */
async function watched(
  work: () => Promise<unknown>,
): Promise<{ peakMib: number; priorities: ReadonlySet<number> }> {
  let [peak, over] = [0, false]
  const priorities = new Set<number>()
  const working = work().finally(() => (over = true))
  const launchers = childrenOf(process.pid).filter(({ command }) => command.includes('launcher-process'))
  while (!over) {
    for (const { pid, command } of launchers.flatMap((each) => descendantsOf(each.pid))) {
      peak = Math.max(peak, residentKib(pid) ?? 0)
      if (command.includes('pack-objects')) priorities.add(priorityOf(pid))
    }
    await turn()
  }
  await working
  return { peakMib: peak / 1024, priorities }
}

/** Of a process that has ended by now: that of the others. @see proc(5), /proc/pid/stat */
function priorityOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return Number(fields[16])
  } catch {
    return 10
  }
}

test('a large repository is repacked in little memory, behind everybody else', async () => {
  const repo = await largeRepository(VERSIONS)
  const parts = { git: { launcher: s.launcher, memoryBytes: 1024 * MIB }, root: s.root }
  const { peakMib, priorities } = await watched(() =>
    maintain(parts, repo, { bitmap: true, whole: true }, never),
  )
  expect([...priorities]).toEqual([10])
  expect(peakMib).toBeLessThan(MAX_RESIDENT_MIB)
  expect(git(repo.path, ['fsck', '--no-dangling']).toString()).toBe('')
}, 120_000)

test('what needs more memory than it may take fails with the name of the step, and loses nothing', async () => {
  const repo = await largeRepository(2)
  const tight = { launcher: s.launcher, memoryBytes: 24 * MIB }
  await expect(runStep(tight, repo, REPACK_NEW, never)).rejects.toMatchObject({
    code: 'GIT_FAILED',
    details: { reason: 'maintenance ended at: repack what is new' },
  })
  expect(git(repo.path, ['fsck', '--no-dangling']).toString()).toBe('')
}, 60_000)
