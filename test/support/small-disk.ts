/** A file system of its own that is soon full. Needs the right to mount: root, outside of most containers. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class SmallDisk implements Disposable {
  readonly path: string

  constructor(mebibytes: number) {
    this.path = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,nr_inodes=4096`, 'tmpfs', this.path])
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path)
    return bavail * bsize
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.path])
    rmdirSync(this.path)
  }
}

/** @throws Error where it must be so (`SLUICE_TEST_REQUIRE_ROOT`): nothing is left out unseen */
export function mayMount(): boolean {
  const may = canMount()
  if (!may && process.env['SLUICE_TEST_REQUIRE_ROOT'] === '1')
    throw new Error('file systems cannot be mounted here')
  return may
}

function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]).status === 0
  if (mounted) spawnSync('umount', [path])
  rmdirSync(path)
  return mounted
}
