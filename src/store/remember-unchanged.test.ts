import { expect, test, vi } from 'vitest'
import { openDatabase } from './database.ts'
import { rememberUnchanged } from './remember-unchanged.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

test('an answer is given again until something is committed, here or in another process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-version-'))
  const path = join(folder, 'sluice.db')
  const database = await openDatabase({ url: null, path })
  const other = await openDatabase({ url: null, path })
  let asked = 0
  const ask = async (what: string) => `${what} ${++asked}`
  const remembered = rememberUnchanged(database.version!, ask, (what) => what)

  expect(await remembered('a')).toBe('a 1')
  expect(await remembered('a')).toBe('a 1')
  expect(await remembered('b')).toBe('b 2')
  await database.kysely.insertInto('meta').values({ key: 'k', value: 'here' }).execute()
  expect(await remembered('a')).toBe('a 3')
  await other.kysely.updateTable('meta').set({ value: 'there' }).execute()
  await vi.waitFor(async () => expect(await remembered('a')).toBe('a 4'), { interval: 1 })
  expect(await remembered('a')).toBe('a 4')

  await other.close()
  await database.close()
  await rm(folder, { recursive: true })
})

test('an answer that was on its way when something changed is used once and not remembered', async () => {
  let version = 1
  let asked = 0
  const remembered = rememberUnchanged(
    () => String(version),
    async () => {
      asked++
      version++ // committed while the query ran
      return asked
    },
    () => 'same',
  )
  expect(await remembered()).toBe(1)
  expect(await remembered()).toBe(2)
})
