/** What stands in the way of a merge, file by file, with the versions of each. */
import { isUtf8 } from 'node:buffer'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { ScanPace } from '../refs/ref-scan-pace.ts'
import { conflictedFiles, type ConflictedFile } from './conflicted-files.ts'
import { mergeBases } from './merge-bases.ts'
import type { ChangedFile } from './changed-files.ts'
import { inTime } from './in-time.ts'
import { mergedFiles } from './merged-files.ts'
import type { StagedFile } from './merge-tree-output.ts'
import { mergeCommits } from './merge-trees.ts'
import type { MergeabilityParts } from './mergeability.ts'
import type { RefusedFiles } from './refused-files.ts'
import { readContents, type Content } from './side-contents.ts'

export interface Side {
  readonly sha: Oid
  /** As git writes it: `100644`, `120000`, `160000`, … */
  readonly mode: string
  /** Where this side has the file under another name. */
  readonly path?: string
  /** Absent where none was asked for, and of submodules; of a merged text that is not UTF-8. */
  readonly content?: string
  readonly encoding?: 'utf-8' | 'base64'
  /** It is larger than 64 KiB, or too much came before it: `content` is left out. */
  readonly truncated?: true
}

export interface Conflict {
  readonly path: string
  /** `content`, `modify/delete`, `rename/delete`, `add/add`, `binary`, `submodule`, … */
  readonly kind: string
  readonly base: Side | null
  /** Of the target. */
  readonly ours: Side | null
  /** Of the source. */
  readonly theirs: Side | null
  /** What git would leave in a work tree, with conflict markers; `null` where it leaves nothing at `path`. */
  readonly merged: Side | null
}

export interface Conflicts {
  readonly conflicts: readonly Conflict[]
  /** There are more. */
  readonly isTruncated: boolean
}

const MAX_CONFLICTS = 1_000
const MAX_PATH_CHARS = 1024 * 1024
/** The first, as far as their contents fit into an answer: see side-contents.ts. */
const MAX_WITH_CONTENT = 300
const SUBMODULE = '160000'
const NONE: Conflicts = { conflicts: [], isTruncated: false }
const OF_NO_FILE: Conflict = {
  path: '',
  kind: 'unrelated histories',
  base: null,
  ours: null,
  theirs: null,
  merged: null,
}

/**
 * The first of them, if there are very many.
 *
 * @returns none for a clean merge; one without a path where histories are unrelated
 * @throws AppError `UNAVAILABLE` (too slow), `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function conflictsOf(
  parts: MergeabilityParts,
  repo: RepoHandle,
  target: Oid,
  source: Oid,
  opts: { readonly content: boolean },
): Promise<Conflicts> {
  const { objects } = parts
  const bases = await mergeBases(parts, { repo, target, source })
  if (bases.length === 0) return { conflicts: [OF_NO_FILE], isTruncated: false }
  await using scratch = parts.store.openQuarantine(repo)
  const quarantine = inTime(scratch, parts.wallMs)
  const tree = await mergeCommits(objects, quarantine, { repo, bases, ours: target, theirs: source })
  if (tree.isClean) return NONE
  if (tree.refused) return refusedByGit(tree.refused)
  const { first: files, isTruncated } = firstOf(await conflictedFiles(tree))
  const left = await mergedFiles(
    objects,
    quarantine,
    { repo, ours: target, merged: tree.tree },
    files.map(({ mergedPath }) => mergedPath),
  )
  const versions = files.map((file) => ({ ...file, merged: mergedVersion(file, left) }))
  if (!opts.content)
    return { conflicts: versions.map((file) => toConflict(file, () => undefined)), isTruncated }
  const told = versions.slice(0, MAX_WITH_CONTENT)
  const contents = await readContents({ objects, repo, quarantine }, told.flatMap(blobsOf))
  const conflicts: Conflict[] = []
  const pace = new ScanPace()
  for (const [i, file] of versions.entries()) {
    conflicts.push(toConflict(file, (oid) => (i < MAX_WITH_CONTENT ? contents.get(oid) : 'too-large')))
    if (pace.isOver()) await pace.rest()
  }
  return { conflicts, isTruncated }
}

function refusedByGit({ paths }: RefusedFiles): Conflicts {
  const { first, isTruncated } = firstOf(
    paths.map((path) => ({ ...OF_NO_FILE, path, kind: 'refused by git' })),
  )
  return { conflicts: first, isTruncated }
}

/** As many as an answer may hold, and at least one. */
function firstOf<T extends { readonly path: string }>(
  all: Iterable<T>,
): { first: readonly T[]; isTruncated: boolean } {
  const first: T[] = []
  let chars = 0
  for (const one of all) {
    chars += one.path.length
    if (first.length === MAX_CONFLICTS || (first.length > 0 && chars > MAX_PATH_CHARS))
      return { first, isTruncated: true }
    first.push(one)
  }
  return { first, isTruncated: false }
}

/** One version of a file. */
type Version = Pick<StagedFile, 'mode' | 'oid' | 'path'>
type Versions = Omit<ConflictedFile, 'mergedPath'> & { readonly merged: Version | null }

/** What was put aside has its own name again: no name of ours is in it. */
function mergedVersion(
  { path, mergedPath }: ConflictedFile,
  left: ReadonlyMap<string, ChangedFile | null>,
): Version | null {
  const file = left.get(mergedPath) ?? null
  return file && { mode: file.mode, oid: file.oid, path }
}

function blobsOf({ base, ours, theirs, merged }: Versions): readonly Oid[] {
  return [ours, theirs, base, merged].flatMap((file) => (file && file.mode !== SUBMODULE ? [file.oid] : []))
}

function toConflict(
  { path, kind, base, ours, theirs, merged }: Versions,
  contentOf: (oid: Oid) => Content | undefined,
): Conflict {
  const side = (file: Version | null) => file && toSide(file, path, contentOf(file.oid))
  return { path, kind, base: side(base), ours: side(ours), theirs: side(theirs), merged: side(merged) }
}

function toSide({ mode, oid, path }: Version, ownPath: string, content: Content | undefined): Side {
  const side = { sha: oid, mode, ...(path === ownPath ? {} : { path }) }
  if (mode === SUBMODULE || content === undefined || content === 'unreadable') return side
  if (content === 'too-large') return { ...side, truncated: true }
  const encoding = isUtf8(content) ? 'utf-8' : 'base64'
  return { ...side, content: content.toString(encoding === 'utf-8' ? 'utf8' : 'base64'), encoding }
}
