/**
 * One maintenance of a repository at a time, also against `git maintenance run` by hand. What is found
 * locked by us although nobody else may be at it tells that an earlier run was killed.
 *
 * @see git-maintenance(1), whose lock file this is
 */
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { AppError } from '../../kernel/errors.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

const OURS = 'sluice\n'

export interface MaintenanceLock extends AsyncDisposable {
  /** An earlier run of ours was killed: what it has locked, nobody holds. */
  readonly afterDeath: boolean
}

/**
 * Whoever calls it is the only one of all servers who looks after this repository; see the keys of jobs.
 *
 * @throws AppError `CONFLICT`: somebody maintains it by hand
 */
export async function lockMaintenance(repo: RepoHandle): Promise<MaintenanceLock> {
  const path = `${repo.path}/objects/maintenance.lock`
  const afterDeath = !(await makeNew(path))
  if (afterDeath && (await readFile(path, 'utf8').catch(() => OURS)) !== OURS) {
    throw new AppError('CONFLICT', { details: { reason: 'git maintenance runs by hand' } })
  }
  return { afterDeath, [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

/** With its content at once: an empty one, as a kill or a full disk would leave it, is that of git by hand. */
async function makeNew(path: string): Promise<boolean> {
  const draft = `${path}.new`
  try {
    await writeFile(draft, OURS)
    await link(draft, path)
    return true
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw err
  } finally {
    await rm(draft, { force: true })
  }
}
