/** Reads the loose refs, directory by directory, and again only those directories that have changed. */
import { closeSync, type Dirent, openSync, readdirSync, statSync } from 'node:fs'
import { type FileState, isSameState, isSettled, readFileState } from './file-state.ts'
import { readAt } from '../objects/read-at.ts'
import type { ScanPace } from './ref-scan-pace.ts'
import { isSameStoredRef, parseStoredRef, type StoredRef } from './stored-ref.ts'

export interface LooseDirectory {
  readonly path: Buffer
  /** As it was just before the directory was read. */
  readonly state: FileState | null
  readonly settled: boolean
  /** Byte strings, as all names here. */
  readonly subdirectories: readonly string[]
  /** By full name. The same object as long as the content is the same. */
  readonly refs: ReadonlyMap<string, StoredRef>
}

/** By name: `refs`, `refs/heads`, … */
export type LooseDirectories = ReadonlyMap<string, LooseDirectory>

/** No ref file is longer: `ref: ` and a name. */
const MAX_REF_FILE_BYTES = 4096

/**
 * @param before what an earlier call returned; what has not changed since is taken from it
 * @throws Error of the file system
 */
export async function readLooseDirectories(
  repo: { readonly path: string; readonly hexLength: number },
  before: LooseDirectories,
  pace: ScanPace,
): Promise<LooseDirectories> {
  const found = new Map<string, LooseDirectory>()
  const waiting = ['refs']
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const directory = await readIfChanged(repo, name, before.get(name), pace)
    found.set(name, directory)
    for (const subdirectory of directory.subdirectories) waiting.push(subdirectory)
  }
  return found
}

async function readIfChanged(
  repo: { readonly path: string; readonly hexLength: number },
  name: string,
  before: LooseDirectory | undefined,
  pace: ScanPace,
): Promise<LooseDirectory> {
  const readAtMs = Date.now()
  const path = before?.path ?? Buffer.concat([Buffer.from(`${repo.path}/`), Buffer.from(name, 'latin1')])
  const state = readFileState(path)
  if (before?.settled === true && isSameState(before.state, state)) return before

  const subdirectories: string[] = []
  const refs = new Map<string, StoredRef>()
  for (const entry of entriesOf(path)) {
    if (pace.isOver()) await pace.rest()
    if (entry.name.startsWith('.') || entry.name.endsWith('.lock')) continue
    const child = childPath(path, entry.name)
    const kind = kindOf(entry, child)
    if (kind === 'directory') subdirectories.push(`${name}/${entry.name}`)
    const ref = kind === 'file' ? readRefFile(child, repo.hexLength) : null
    if (ref !== null) refs.set(`${name}/${entry.name}`, ref)
  }
  const settled = isSettled(state, readAtMs)
  const unchanged = before !== undefined && isSameRefs(before.refs, refs)
  return { path, state, settled, subdirectories, refs: unchanged ? before.refs : refs }
}

/** @returns `null` when the file has gone: the ref was deleted or packed meanwhile */
export function readRefFile(path: string | Buffer, hexLength: number): StoredRef | null {
  const fd = orIfGone(() => openSync(path, 'r'), null)
  if (fd === null) return null
  try {
    return parseStoredRef(readAt(fd, 0, MAX_REF_FILE_BYTES).toString('latin1'), hexLength)
  } finally {
    closeSync(fd)
  }
}

function entriesOf(path: Buffer): Dirent[] {
  return orIfGone(() => readdirSync(path, { withFileTypes: true, encoding: 'latin1' as BufferEncoding }), [])
}

function childPath(directory: Buffer, name: string): Buffer {
  const child = Buffer.allocUnsafe(directory.length + 1 + name.length)
  directory.copy(child)
  child.write(`/${name}`, directory.length, 'latin1')
  return child
}

/** git follows symbolic links here; sockets and the like are no refs. */
function kindOf(entry: Dirent, path: Buffer): 'file' | 'directory' | 'other' {
  const it = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry
  if (it?.isFile() === true) return 'file'
  return it?.isDirectory() === true ? 'directory' : 'other'
}

function isSameRefs(a: ReadonlyMap<string, StoredRef>, b: ReadonlyMap<string, StoredRef>): boolean {
  if (a.size !== b.size) return false
  for (const [name, ref] of a) if (!isSameStoredRef(ref, b.get(name))) return false
  return true
}

function orIfGone<T, U>(read: () => T, gone: U): T | U {
  try {
    return read()
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return gone
    throw err
  }
}
