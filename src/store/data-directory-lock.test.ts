import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDoomed } from '../../test/support/doomed-process.ts'
import { lockDataDirectory } from './data-directory-lock.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-lock-'))
})
afterAll(() => rm(directory, { recursive: true }))

const IN_USE = { code: 'DATA_DIRECTORY_IN_USE', message: expect.stringContaining('another server') }

test('a second server on the same directory is refused until the first lets go', async () => {
  const first = await lockDataDirectory(directory)
  await expect(lockDataDirectory(directory)).rejects.toMatchObject({ ...IN_USE, details: { directory } })
  await expect(lockDataDirectory(directory)).rejects.toMatchObject(IN_USE)
  first[Symbol.dispose]()
  ;(await lockDataDirectory(directory))[Symbol.dispose]()
})

test('the lock of a server that is killed ends with it', async () => {
  await using other = await startDoomed('lock-directory', [directory])
  expect(await other.nextLine()).toBe('locked')
  await expect(lockDataDirectory(directory)).rejects.toMatchObject(IN_USE)
  await other.kill()
  ;(await lockDataDirectory(directory))[Symbol.dispose]()
})

test('a directory that cannot be made is no lock', async () => {
  await expect(lockDataDirectory('/dev/null/data')).rejects.not.toMatchObject(IN_USE)
})
