import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../database.ts'
import { Meta } from '../meta.ts'
import { openWriter } from './open-file.ts'

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-sqlite-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('after a close the file alone is a whole copy', async () => {
  await using dir = await folder()
  const [path, copy] = [join(dir.path, 'data/sluice.db'), join(dir.path, 'copy.db')]
  const database = await openDatabase({ url: null, path })
  await new Meta(database).set('key', 'value')
  await database.close()
  await copyFile(path, copy)
  await using second = await openDatabase({ url: null, path: copy })
  expect(await new Meta(second).get('key')).toBe('value')
})

test('the file and its log can be read by their owner only', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'sluice.db')
  await using _database = await openDatabase({ url: null, path })
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('a commit reaches the disk before it is reported', async () => {
  await using dir = await folder()
  const file = await openWriter(join(dir.path, 'sluice.db'))
  expect(file.prepare('pragma synchronous').get()).toEqual({ synchronous: 2 })
  expect(file.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  file.close()
})
