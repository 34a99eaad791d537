/**
 * Bare repositories on disk: where they lie, how they are made and removed. Written by us, because
 * `git init` costs many times more; stock git reads them at any time. @see gitrepository-layout(5)
 */
import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../kernel/errors.ts'
import type { ObjectFormat, RefName, RepoId } from '../kernel/ids.ts'
import { syncPath, syncPaths } from './durable.ts'

const DIRECTORIES = ['objects', 'objects/info', 'objects/pack', 'refs', 'refs/heads', 'refs/tags']

/**
 * `<root>/<last two digits of id>/<id>.git`: no client text is part of it. An id begins with the time,
 * which would put all repositories of a year into one directory; its end is random.
 */
export function repoPath(root: string, id: RepoId): string {
  return join(root, id.slice(-2), `${id}.git`)
}

export interface NewRepository {
  readonly path: string
  readonly objectFormat: ObjectFormat
  /** What HEAD points at; need not exist. */
  readonly head: RefName
}

/**
 * Makes an empty repository; whole and on disk when it resolves, and never half there.
 *
 * @throws AppError `ALREADY_EXISTS`
 */
export async function createRepository({ path, objectFormat, head }: NewRepository): Promise<void> {
  const draft = draftPath(path)
  const madeShard = await mkdir(dirname(path), { recursive: true })
  try {
    await writeDraft(draft, objectFormat, head)
    await rename(draft, path)
  } catch (err) {
    await rm(draft, { recursive: true, force: true })
    const { code } = err as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw new AppError('ALREADY_EXISTS', { cause: err })
    throw err
  }
  await syncPath(dirname(path))
  if (madeShard !== undefined) await syncPath(dirname(dirname(path)))
}

/** Gone for every reader when it resolves; harmless when there is none. */
export async function removeRepository(path: string): Promise<void> {
  const draft = draftPath(path)
  try {
    await rename(path, draft)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return
    throw err
  }
  await syncPath(dirname(path))
  await rm(draft, { recursive: true, force: true })
}

const DRAFT = /^\.[0-9a-f-]{36}\.git-[0-9a-f]{12}$/

/** Is this the name of a repository that is being made or removed? */
export function isDraft(name: string): boolean {
  return DRAFT.test(name)
}

/** Beside the repository, so that a rename moves it, and hidden: `.<id>.git-<random>`. */
function draftPath(path: string): string {
  const name = path.slice(dirname(path).length + 1)
  return join(dirname(path), `.${name}-${randomBytes(6).toString('hex')}`)
}

async function writeDraft(draft: string, objectFormat: ObjectFormat, head: RefName): Promise<void> {
  await mkdir(draft)
  for (const directory of DIRECTORIES) await mkdir(join(draft, directory))
  await writeFile(join(draft, 'HEAD'), `ref: ${head}\n`)
  await writeFile(join(draft, 'config'), config(objectFormat))
  const names = ['.', 'HEAD', 'config', ...DIRECTORIES]
  await syncPaths(names.map((name) => join(draft, name))) // all in one round: the disk is slow
}

/** @see git-config(1), core.repositoryFormatVersion and extensions.objectFormat */
function config(objectFormat: ObjectFormat): string {
  const version = objectFormat === 'sha1' ? 0 : 1
  const core = `[core]\n\trepositoryformatversion = ${version}\n\tfilemode = true\n\tbare = true\n`
  return objectFormat === 'sha1' ? core : `${core}[extensions]\n\tobjectformat = ${objectFormat}\n`
}
