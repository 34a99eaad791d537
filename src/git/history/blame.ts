/** Who wrote which lines of a file. Files that nobody reads line by line are refused. */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { GitReader, Reader } from '../git-reader.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { entryAt, pathNames } from '../objects/tree-path.ts'
import { parseBlame, type BlameHunk } from './blame-porcelain.ts'

export interface BlameParts {
  readonly git: Pick<GitReader, 'run'>
  readonly objects: Pick<StoredObjects, 'commit' | 'tree' | 'info' | 'blob'>
}

export interface BlameQuestion {
  readonly commit: Oid
  readonly path: string
  /** First and last line; the first one is 1. Default: all. */
  readonly startLine?: number | undefined
  readonly endLine?: number | undefined
}

export const MAX_BLAME_BYTES = 4 * 1024 * 1024
export const MAX_BLAME_LINES = 50_000
const BLAME_WALL_MS = 20_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
/** Of all hunks, which repeat what is long in a few commits. */
const MAX_CHARS = 16 * 1024 * 1024
/** As far as git looks for a NUL. @see git's xdiff-interface.c, buffer_is_binary */
const BINARY_BYTES = 8_000

/**
 * Hunks in the order of their lines.
 *
 * @throws AppError `NOT_FOUND`; `UNPROCESSABLE` with `details.reason`: no file, too large, binary, no such
 *   lines, too large an answer; `UNAVAILABLE`: took too long; as `GitReader.run`
 */
export async function blame(
  { git, objects }: BlameParts,
  reader: Reader,
  question: BlameQuestion,
): Promise<readonly BlameHunk[]> {
  const path = pathNames(question.path).join('/')
  const content = await readFile(objects, reader, question.commit, path)
  const [first, last] = linesOf(content, question)
  if (last === 0) return []
  const args = ['blame', '--porcelain', '-L', `${first},${last}`, question.commit, '--', path]
  const out = await git.run(reader, args, { wallMs: BLAME_WALL_MS, maxOutputBytes: MAX_OUTPUT_BYTES })
  const hunks = parseBlame(out)
  const chars = hunks.reduce((sum, hunk) => sum + charsOf(hunk), 0)
  if (chars > MAX_CHARS) throw refused('the answer is too large; give startLine and endLine', { path })
  return hunks
}

function charsOf({ originalPath, authorName, authorEmail, summary }: BlameHunk): number {
  return originalPath.length + authorName.length + authorEmail.length + summary.length
}

async function readFile(objects: BlameParts['objects'], { repo }: Reader, oid: Oid, path: string) {
  const commit = await objects.commit(repo, oid)
  const entry = commit && path !== '' ? await entryAt(objects, repo, commit.tree, path) : null
  if (entry === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such path', path } })
  if (entry.type !== 'blob') throw refused('is not a file', { path, type: entry.type })
  if (path.includes('\ufffd')) throw refused('the path is not UTF-8', { path })
  const size = (await objects.info(repo, entry.oid))?.size ?? 0
  if (size > MAX_BLAME_BYTES) throw refused('file is too large', { size, limitBytes: MAX_BLAME_BYTES })
  const content = (await objects.blob(repo, entry.oid, { maxBytes: MAX_BLAME_BYTES })) ?? Buffer.alloc(0)
  if (content.subarray(0, BINARY_BYTES).includes(0)) throw refused('file is binary', { path })
  return content
}

/** Both are 0 for a file without lines. */
function linesOf(content: Buffer, { startLine, endLine }: BlameQuestion): [first: number, last: number] {
  const lines = countLines(content)
  const [first, last] = [startLine ?? Math.min(1, lines), Math.min(endLine ?? lines, lines)]
  if (first > lines) throw refused('the file has fewer lines', { lines })
  if (last - first >= MAX_BLAME_LINES) {
    throw refused('too many lines; give startLine and endLine', { lines, maxLines: MAX_BLAME_LINES })
  }
  return [first, last]
}

/** The last line needs no line feed. */
function countLines(content: Buffer): number {
  let lines = 0
  for (let at = content.indexOf('\n'); at >= 0; at = content.indexOf('\n', at + 1)) lines++
  return content.length > 0 && content.at(-1) !== 0x0a ? lines + 1 : lines
}

function refused(reason: string, facts: object): AppError {
  return new AppError('UNPROCESSABLE', { details: { reason, ...facts } })
}
