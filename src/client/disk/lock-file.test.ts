import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mayMount, SmallDisk } from '../../../test/support/small-disk.ts'
import { withLockFile } from './lock-file.ts'

test.skipIf(!mayMount())(
  'on a full disk nobody waits for a lock that nobody could write-regression',
  async () => {
    using disk = new SmallDisk(1)
    await expect(writeFile(join(disk.path, 'large'), Buffer.alloc(2 ** 21))).rejects.toThrow('ENOSPC')
    const work = () => readdir(disk.path)
    for (const _ of [1, 2]) expect(await withLockFile(join(disk.path, 'lock'), work)).toEqual(['large'])
  },
)
