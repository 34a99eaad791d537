import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readKeySecret } from './key-secret.ts'

async function dataDir() {
  const path = await mkdtemp(join(tmpdir(), 'sluice-key-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('the first start makes a secret that only its owner can read, and the next one finds it', async () => {
  await using dir = await dataDir()
  const made = await readKeySecret(join(dir.path, 'data'), null)
  expect(made.length).toBe(32)
  expect((await stat(join(dir.path, 'data', 'key.secret'))).mode & 0o777).toBe(0o600)
  expect(await readKeySecret(join(dir.path, 'data'), null)).toEqual(made)
})

test('processes that start at once agree on one secret and leave no other file', async () => {
  await using dir = await dataDir()
  const secrets = await Promise.all(Array.from({ length: 8 }, () => readKeySecret(dir.path, null)))
  expect(new Set(secrets.map((s) => s.toString('hex'))).size).toBe(1)
  expect(await readdir(dir.path)).toEqual(['key.secret'])
})

test('a secret that others can read, or that was cut short, stops the start', async () => {
  await using dir = await dataDir()
  await readKeySecret(dir.path, null)
  await chmod(join(dir.path, 'key.secret'), 0o640)
  await expect(readKeySecret(dir.path, null)).rejects.toMatchObject({ code: 'KEY_SECRET_UNUSABLE' })
  await chmod(join(dir.path, 'key.secret'), 0o600)
  await writeFile(join(dir.path, 'key.secret'), '')
  await expect(readKeySecret(dir.path, null)).rejects.toMatchObject({ code: 'KEY_SECRET_UNUSABLE' })
})

test('a configured secret is used as it stands, makes no file, and must not be short', async () => {
  await using dir = await dataDir()
  const configured = 'k'.repeat(32)
  expect((await readKeySecret(dir.path, configured)).toString()).toBe(configured)
  expect(await readdir(dir.path)).toEqual([])
  await expect(readKeySecret(dir.path, 'short')).rejects.toMatchObject({ code: 'KEY_SECRET_UNUSABLE' })
})
