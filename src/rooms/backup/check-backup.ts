/** Compares the files of a backup with what it says of them. Git's own objects are checked by git. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { packedRefsPath } from '../../git/backup/refs.ts'
import { tablePath } from '../../store/backup/export-tables.ts'
import { readJsonLines } from '../../store/backup/json-lines.ts'
import { repositoryIn, RepositoryLine, repositoryList, tablesDirectory } from './layout.ts'
import { readManifest, type Manifest } from './manifest.ts'
import { unusable } from './unusable.ts'

export interface CheckedBackup {
  readonly path: string
  readonly manifest: Manifest
  readonly repositories: readonly RepositoryLine[]
}

/** @throws AppError `NOT_FOUND`, `BACKUP_UNUSABLE` */
export async function openBackup(path: string): Promise<CheckedBackup> {
  const manifest = await readManifest(path)
  for (const [table, { sha256 }] of Object.entries(manifest.tables))
    if ((await digestOf(tablePath(tablesDirectory(path), table))) !== sha256)
      throw unusable('a table was changed, is cut off or is missing', { table })
  const list = repositoryList(path)
  if ((await digestOf(list)) !== manifest.repositories.sha256)
    throw unusable('its list of repositories was changed, is cut off or is missing')
  const repositories: RepositoryLine[] = []
  for await (const line of readJsonLines<unknown>(list)) repositories.push(parseLine(line))
  return { path, manifest, repositories }
}

function parseLine(line: unknown): RepositoryLine {
  const parsed = RepositoryLine.safeParse(line)
  if (!parsed.success) throw unusable('its list of repositories holds what no server has written')
  return parsed.data
}

/** @returns text of its `packed-refs`; `null`: it has no data. @throws AppError `BACKUP_UNUSABLE` */
export async function readRefsOf(backup: string, { id, sha256 }: RepositoryLine): Promise<string | null> {
  if (sha256 === null) return null
  const text = await readFile(packedRefsPath({ path: repositoryIn(backup, id) })).catch(nullIfMissing)
  if (text === null || createHash('sha256').update(text).digest('hex') !== sha256)
    throw unusable('the refs of a repository were changed or are missing', { repository: id })
  return text.toString()
}

/** `null`: there is no such file. */
async function digestOf(path: string): Promise<string | null> {
  const hash = createHash('sha256')
  const read = pipeline(createReadStream(path), hash).then(() => hash.digest('hex'))
  return read.catch(nullIfMissing)
}

function nullIfMissing(err: NodeJS.ErrnoException): null {
  if (err.code === 'ENOENT') return null
  throw err
}
