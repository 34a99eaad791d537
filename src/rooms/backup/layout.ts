/** Where things lie in a backup. */
import { join } from 'node:path'
import { z } from 'zod'
import { repoPath } from '../../git/storage.ts'
import { isRefName, isUuid, type RefName, type RepoId } from '../../kernel/ids.ts'

/** A line of the list of repositories. Paths are made of it, and files that git reads: no other one is taken. */
export const RepositoryLine = z.object({
  id: z.custom<RepoId>((id) => typeof id === 'string' && isUuid(id)),
  objectFormat: z.enum(['sha1', 'sha256']),
  /** Full name of what HEAD points at. */
  head: z.custom<RefName>((name) => typeof name === 'string' && isRefName(name)),
  /** How many. */
  refs: z.int().min(0),
  /** Of its `packed-refs`; `null`: it has no data. */
  sha256: z.string().nullable(),
})
export type RepositoryLine = Readonly<z.output<typeof RepositoryLine>>

export const tablesDirectory = (backup: string) => join(backup, 'tables')
export const repositoryList = (backup: string) => join(backup, 'repositories.jsonl')
export const repositoryIn = (backup: string, id: RepoId) => repoPath(join(backup, 'repositories'), id)
export const keySecretIn = (backup: string) => join(backup, 'key.secret')
