/**
 * Keeps a second server off a data directory. The lock is one of the operating system on a small
 * SQLite file, so it ends with the process however that dies.
 */
import { join } from 'node:path'
import { AppError } from '../kernel/errors.ts'
import { isPassing } from './engine-errors.ts'
import { openFile } from './sqlite/open-file.ts'

/**
 * Holds the lock until disposed.
 *
 * @throws AppError `DATA_DIRECTORY_IN_USE`
 */
export async function lockDataDirectory(directory: string): Promise<Disposable> {
  const file = await openFile(join(directory, 'server.lock'))
  try {
    file.exec('begin exclusive')
  } catch (cause) {
    file.close()
    if (!isPassing(cause)) throw cause
    throw new AppError('DATA_DIRECTORY_IN_USE', { details: { directory }, cause })
  }
  return { [Symbol.dispose]: () => file.close() }
}
