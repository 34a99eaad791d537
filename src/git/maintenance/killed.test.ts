/** git is killed in every step of a maintenance: nothing is lost, and the next run finishes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, testStore, type TestStore } from '../../../test/support/store.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { GitSpec } from '../launcher/launcher.ts'
import type { MaintenanceGit } from './caps.ts'
import { maintain } from './maintain.ts'

let s: TestStore
let repo: RepoHandle
let commits = 0
beforeAll(async () => {
  s = await testStore()
  repo = await s.newRepo()
})
afterAll(() => s[Symbol.asyncDispose]())

const WANTED = { bitmap: true, whole: true }
const never = new AbortController().signal

function look(launcher: MaintenanceGit['launcher']): Promise<number> {
  const parts = { git: { launcher, memoryBytes: 1024 ** 3 }, root: s.root, patienceMs: 50 }
  return maintain(parts, repo, WANTED, never)
}

/** Small pushes to many branches: loose objects and loose refs. */
function work(): void {
  const lines: string[] = []
  for (let i = 0; i < 30; i++) {
    const n = ++commits
    lines.push(`commit refs/heads/b${i}\ncommitter A <a@example.org> ${n} +0000\ndata 2\nc\n`)
    if (n > 30) lines.push(`from refs/heads/b${i}^0\n`)
    lines.push(`M 100644 inline f${n % 7}\ndata ${String(n).length}\n${n}\n`)
  }
  git(repo.path, ['fast-import', '--quiet', '--force'], lines.join(''))
}

function refs(): string {
  return git(repo.path, ['for-each-ref']).toString()
}

/** Kills git, and its children, some time after the step of this number has begun; then the server is dead, too. */
function killing(
  step: number,
  afterMs: number,
): { launcher: MaintenanceGit['launcher']; wasKilled: () => boolean } {
  let at = 0
  let killed = false
  const run = async (spec: GitSpec) => {
    if (at++ !== step) return s.launcher.run(spec)
    const env = { PATH: process.env['PATH'] ?? '', ...spec.env }
    const child = spawn('git', [...spec.args], { cwd: spec.cwd, env, detached: true, stdio: 'ignore' })
    const ended = once(child, 'exit')
    if (afterMs > 0) await Promise.race([ended, delay(afterMs)])
    killed = child.exitCode === null
    if (killed) process.kill(-child.pid!, 'SIGKILL')
    await ended
    throw new AppError('LAUNCHER_LOST')
  }
  return { launcher: { run }, wasKilled: () => killed }
}

test.each([
  ['pack refs', 0],
  ['repack what is new', 1],
  ['write the commit-graph anew', 2],
  ['repack the whole', 3],
  ['check that it is whole', 4],
  ['write the bitmap', 5],
])(
  'killed at: %s',
  async (_name, step) => {
    let killed = 0
    for (const afterMs of [0, 2, 6, 12]) {
      work()
      const before = refs()
      const dying = killing(step, afterMs)
      await expect(look(dying.launcher)).rejects.toMatchObject({ code: 'LAUNCHER_LOST' })
      if (dying.wasKilled()) killed++
      await writeFile(`${repo.path}/objects/maintenance.lock`, 'sluice\n') // a dead server cannot remove it
      expect(git(repo.path, ['fsck', '--strict', '--no-dangling']).toString()).toBe('')
      expect(refs()).toBe(before)

      await look(s.launcher)
      expect(refs()).toBe(before)
      expect(git(repo.path, ['fsck', '--strict', '--no-dangling']).toString()).toBe('')
      expect(git(repo.path, ['count-objects', '-v']).toString()).toMatch(/^count: 0$[^]*^garbage: 0$/m)
    }
    expect(killed).toBeGreaterThan(0)
  },
  60_000,
)
