/** A directory that is being filled: under another name until it is whole. */
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncPath } from '../../git/durable.ts'
import { AppError } from '../../kernel/errors.ts'

/** Ends the name of one that is not whole. */
export const PARTIAL = '.partial'

export interface Draft extends AsyncDisposable {
  readonly path: string
  /** Gives it its name. On disk when it resolves, if what is in it is. */
  finish(): Promise<void>
}

/**
 * Dispose to remove it, unless it is finished.
 *
 * @param path absolute; nothing is there yet
 * @throws AppError `ALREADY_EXISTS`, `CONFLICT`; Error of the file system
 */
export async function openDraft(path: string): Promise<Draft> {
  const draft = path + PARTIAL
  if (await isThere(path)) throw already('ALREADY_EXISTS', `${path} exists; name a directory that does not`)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await mkdir(draft, { mode: 0o700 }).catch((err: NodeJS.ErrnoException) => {
    if (err.code !== 'EEXIST') throw err
    throw already(
      'CONFLICT',
      `another backup is being written there, or was cut off; if none runs, remove ${draft}`,
    )
  })
  return {
    path: draft,
    async finish() {
      await syncPath(draft)
      await rename(draft, path)
      await syncPath(dirname(path))
    },
    [Symbol.asyncDispose]: () => rm(draft, { recursive: true, force: true }),
  }
}

function already(code: 'ALREADY_EXISTS' | 'CONFLICT', reason: string): AppError {
  return new AppError(code, { details: { reason } })
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
