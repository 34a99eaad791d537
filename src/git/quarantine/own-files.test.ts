import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hashObject } from './hashed-object.ts'
import { writeObjects } from './own-files.ts'

const MIB = 1024 * 1024

test('when one file cannot be written, the others are no longer written to when that is told-regression', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'own-files-'))
  const objects = Array.from({ length: 10 }, () =>
    hashObject({ type: 'blob', content: randomBytes(MIB) }, 'sha1'),
  )
  const unwritable = objects[0]?.oid.slice(0, 2) ?? ''
  await symlink('/proc', join(directory, unwritable)) // takes no new files
  await expect(writeObjects(directory, objects, 'sha1')).rejects.toThrow()
  const others = objects.map(({ oid }) => oid).filter((oid) => !oid.startsWith(unwritable))
  const sizes = others.map(async (oid) => (await stat(join(directory, oid.slice(0, 2), oid.slice(2)))).size)
  for (const size of await Promise.all(sizes)) expect(size).toBeGreaterThan(MIB)
  await rm(directory, { recursive: true })
})
