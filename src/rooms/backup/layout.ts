/** Where things lie in a backup. */
import { join } from 'node:path'
import { repoPath } from '../../git/storage.ts'
import type { ObjectFormat, RepoId } from '../../kernel/ids.ts'

/** A line of the list of repositories. */
export interface RepositoryLine {
  readonly id: RepoId
  readonly objectFormat: ObjectFormat
  /** Full name of what HEAD points at. */
  readonly head: string
  /** How many. */
  readonly refs: number
  /** Of its `packed-refs`; `null`: it has no data. */
  readonly sha256: string | null
}

export const tablesDirectory = (backup: string) => join(backup, 'tables')
export const repositoryList = (backup: string) => join(backup, 'repositories.jsonl')
export const repositoryIn = (backup: string, id: RepoId) => repoPath(join(backup, 'repositories'), id)
export const keySecretIn = (backup: string) => join(backup, 'key.secret')
