/**
 * Makes the file of last commits of one head from its whole history: two gits behind everything else, their output
 * taken as it comes, in slices between which others have their turn.
 */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { checkExit } from '../git-reader.ts'
import type { Launcher } from '../launcher/launcher.ts'
import type { CatFile } from '../objects/cat-file.ts'
import { StoredObjects } from '../objects/stored-objects.ts'
import { splitPath, type EntryKey, type PathKey } from './entry-key.ts'
import { historyArgs, HistoryStream } from './history-stream.ts'
import { HistorySweep, SweptPaths } from './history-sweep.ts'
import type { DirectoryRecord, LastTouch } from './index-record.ts'
import { isSameAt } from './path-entry.ts'
import { inSlices, Slices } from '../slices.ts'
import { writeIndexFile } from './write-index.ts'

export interface BuildParts {
  readonly launcher: Pick<Launcher, 'ready' | 'start'>
  /** For what merges have taken over. */
  readonly files: Pick<CatFile, 'info' | 'read'>
  /** Of each git. */
  readonly memoryBytes: number
  /** Files and directories; of a commit with more nothing is written. */
  readonly maxPaths: number
}

const WALL_MS = 30 * 60_000
/** @see nice(1) */
const NICENESS = 10
/** Old trees, which nobody else asks for: they must not drive out what is in use. */
const OBJECTS_LIMITS = { maxBytes: 8 * 1024 * 1024, maxObjectBytes: 1024 * 1024 }

/**
 * @returns `false`: there are too many paths
 * @throws AppError `GIT_FAILED`, `UNAVAILABLE` (too slow), `LAUNCHER_LOST`; the reason of the signal; the error of
 *   the file system
 */
export async function buildIndex(
  parts: BuildParts,
  repo: RepoHandle,
  head: Oid,
  signal: AbortSignal,
): Promise<boolean> {
  const paths = await listPaths(parts, repo, head, signal)
  if (paths === null) return false
  const sweep = new HistorySweep(head, paths)
  await sweepHistory(parts, repo, { head, sweep }, signal)
  const { line } = sweep
  await writeIndexFile(repo, {
    head,
    records: await recordsOf(sweep),
    line: { count: line.length, slots: slotsOf(line) },
  })
  return true
}

async function listPaths(
  parts: BuildParts,
  repo: RepoHandle,
  head: Oid,
  signal: AbortSignal,
): Promise<SweptPaths | null> {
  const paths = new SweptPaths()
  let rest = ''
  const args = ['ls-tree', '-r', '-t', '-z', '--name-only', '--full-tree', head]
  await readGit(parts, repo, args, signal, async (chunk) => {
    const texts = `${rest}${chunk.toString('latin1')}`.split('\0')
    rest = texts.pop() ?? ''
    for (const path of texts) paths.add(path)
    return paths.count <= parts.maxPaths
  })
  return paths.count > parts.maxPaths ? null : paths
}

async function sweepHistory(
  parts: BuildParts,
  repo: RepoHandle,
  { head, sweep }: { readonly head: Oid; readonly sweep: HistorySweep },
  signal: AbortSignal,
): Promise<void> {
  const stream = new HistoryStream()
  const objects = new StoredObjects(parts.files, OBJECTS_LIMITS)
  const isSame = (commit: Oid, parent: Oid, path: PathKey) => isSameAt(objects, repo, [commit, parent], path)
  await readGit(parts, repo, historyArgs(head), signal, async (chunk) => {
    for (const token of stream.take(chunk)) {
      if (token.kind === 'path') sweep.changed(token.path)
      else {
        await sweep.end(isSame)
        sweep.begin(token)
      }
    }
    return !sweep.isDone
  })
  await sweep.end(isSame)
}

/** @param take answers `false` when it has enough: then git is killed. It is given the next piece when it has ended. */
async function readGit(
  { launcher, memoryBytes }: BuildParts,
  repo: RepoHandle,
  args: readonly string[],
  signal: AbortSignal,
  take: (chunk: Buffer) => Promise<boolean>,
): Promise<void> {
  await launcher.ready()
  const limits = { memoryBytes, niceness: NICENESS, wallMs: WALL_MS }
  const git = launcher.start({ cwd: repo.path, args, env: { GIT_DIR: repo.path }, ...limits }, { signal })
  git.stdin.on('error', () => {}) // git may end first; `exited` tells
  git.stdin.end()
  const slices = new Slices()
  try {
    for await (const chunk of git.stdout as AsyncIterable<Buffer>) {
      if (!(await take(chunk))) return
      await slices.pause()
    }
  } catch (err) {
    signal.throwIfAborted()
    throw err instanceof AppError ? err : new AppError('GIT_FAILED', { cause: err })
  } finally {
    git.kill()
  }
  const exit = await git.exited
  signal.throwIfAborted()
  checkExit(args, exit)
}

async function recordsOf(sweep: HistorySweep): Promise<Iterable<DirectoryRecord>> {
  const directories = new Map<PathKey, DirectoryRecord & { readonly touches: Map<EntryKey, LastTouch> }>()
  for await (const { path, commit, left } of inSlices(sweep.results())) {
    const [directory, entry] = splitPath(path)
    const record = directories.get(directory) ?? { directory, touches: new Map<EntryKey, LastTouch>() }
    directories.set(directory, record)
    record.touches.set(entry, { commit, depth: Math.max(left, 0) })
  }
  return directories.values()
}

function* slotsOf(line: readonly Oid[]): Generator<{ readonly key: Buffer; readonly value: number }> {
  for (const [value, oid] of line.entries()) yield { key: Buffer.from(oid, 'hex'), value }
}
