/** The mark of a restore that has begun: while it is there, no server starts on the data directory. */
import { access, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../kernel/errors.ts'

const FILE = 'restore.unfinished'

/** On disk, but for its name, when it resolves. @param dataDir exists */
export async function markRestore(dataDir: string): Promise<void> {
  await using file = await open(join(dataDir, FILE), 'wx', 0o600)
  await file.sync()
}

export async function unmarkRestore(dataDir: string): Promise<void> {
  await unlink(join(dataDir, FILE))
}

/** @throws AppError `RESTORE_UNFINISHED` */
export async function checkNoRestore(dataDir: string): Promise<void> {
  const marked = await access(join(dataDir, FILE)).then(
    () => true,
    () => false,
  )
  if (!marked) return
  const reason = `if none is running, remove ${dataDir} and restore again`
  throw new AppError('RESTORE_UNFINISHED', { details: { reason } })
}
