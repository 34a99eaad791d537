import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit } from '../../../test/support/actor.ts'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { areAllHere, objectsHere } from './objects-here.ts'

const COUNT = 4_096
const MISSING = 'f'.repeat(40) as Oid

let dir: string
let repo: RepoHandle
let oids: Oid[]
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-here-'))
  await runGit(['init', '-q', '--bare', '.'], { cwd: dir })
  repo = { id: '00000000-0000-0000-0000-000000000001' as RepoId, path: dir, objectFormat: 'sha1' }
  const blobs = Array.from(
    { length: COUNT },
    (_, n) => `blob\nmark :${n + 1}\ndata 16\n${randomBytes(8).toString('hex')}\n`,
  )
  await runGit(['fast-import', '--quiet', '--export-marks=marks'], { cwd: dir, input: blobs.join('') })
  const listed = await runGit(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)'], {
    cwd: dir,
  })
  oids = listed.stdout.trim().split('\n') as Oid[]
})
afterAll(() => rm(dir, { recursive: true, force: true }))

test('all are here, or one is missing, wherever it stands among them', async () => {
  expect(oids).toHaveLength(COUNT)
  expect(await areAllHere(repo, oids)).toBe(true)
  for (const at of [0, COUNT >> 1, COUNT])
    expect(await areAllHere(repo, oids.toSpliced(at, 0, MISSING))).toBe(false)
  expect(objectsHere(repo, [MISSING, ...oids.slice(0, 2)])).toEqual(new Set(oids.slice(0, 2)))
})

test('while thousands are looked up others have their turn', async () => {
  const many = Array.from({ length: 20 }, () => oids).flat()
  let turns = 0
  let isLooking = true
  const others = (async () => {
    while (isLooking) {
      await turn()
      turns++
    }
  })()
  const cpu = process.cpuUsage()
  expect(await areAllHere(repo, many)).toBe(true)
  const { user, system } = process.cpuUsage(cpu)
  isLooking = false
  await others
  const slices = (user + system) / 1_000 / 2
  expect(slices).toBeGreaterThan(5) // else it was too little to be seen
  expect(turns).toBeGreaterThan(slices / 4)
})
