/** A secret for a process that we start: in an open file that has no name any more, so nobody else finds it. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NamelessFile extends Disposable {
  readonly fd: number
}

/** The caller disposes it, when those that inherit it have ended. */
export function namelessFile(secret: string): NamelessFile {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-'))
  const fd = openSync(join(directory, 'secret'), 'wx+', 0o600)
  rmSync(directory, { recursive: true }) // before anything is written
  writeSync(fd, secret)
  return { fd, [Symbol.dispose]: () => closeSync(fd) }
}
