/** What lies on the disk is for nobody else on the machine. */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openHost } from '../support/host.ts'

test('other users of the machine can read nothing that the server writes (file-modes-regression)', async () => {
  await using host = await openHost({ program: 'main' })
  await host.owner.start(host.repoUrl)
  await host.owner.commit('a.txt', 'one\n')
  await host.owner.ok('push', '-q', 'origin', 'main')
  const data = join(host.dir, 'data')
  const open: string[] = []
  const written = await readdir(data, { recursive: true })
  for (const name of written) {
    const entry = await lstat(join(data, name))
    const mode = entry.mode & 0o777
    if (!entry.isSymbolicLink() && (mode & 0o077) !== 0) open.push(`${name} ${mode.toString(8)}`)
  }
  expect(open).toEqual([])
  expect(written).toContain('instance')
})
