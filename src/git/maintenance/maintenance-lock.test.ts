import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { mayMount, SmallDisk } from '../../../test/support/small-disk.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/uuid.ts'
import { lockMaintenance } from './maintenance-lock.ts'

test.skipIf(!mayMount())(
  'a full disk leaves no lock that looks like one of somebody else-regression',
  async () => {
    using disk = new SmallDisk(1)
    const repo = { id: newId() as RepoId, path: disk.path, objectFormat: 'sha1' } as const
    await mkdir(`${repo.path}/objects`)
    await writeFile(`${repo.path}/filler`, Buffer.alloc(await disk.freeBytes()))
    await expect(lockMaintenance(repo)).rejects.toMatchObject({ code: 'ENOSPC' })
    await rm(`${repo.path}/filler`)
    {
      await using lock = await lockMaintenance(repo)
      expect(lock.afterDeath).toBe(false)
    }
    await expect(access(`${repo.path}/objects/maintenance.lock`)).rejects.toThrow('ENOENT')
  },
)
