/** The output of `git blame --porcelain` as hunks. @see git-blame(1), THE PORCELAIN FORMAT */
import type { Oid } from '../../kernel/ids.ts'
import { unquotePath } from './quoted-path.ts'

/** Lines that stand together and came with one commit. */
export interface BlameHunk {
  /** In the file that was asked about; the first is 1. */
  readonly startLine: number
  readonly lineCount: number
  readonly sha: Oid
  /** In the file as that commit left it. */
  readonly originalStartLine: number
  readonly originalPath: string
  readonly authorName: string
  readonly authorEmail: string
  /** When it was written, since 1970. */
  readonly seconds: number
  /** First line of the message. */
  readonly summary: string
}

const HEADER = /^([0-9a-f]{40,64}) (\d+) (\d+)(?: (\d+))?$/
const LINE_FEED = 0x0a
const TAB = 0x09

type Position = Pick<BlameHunk, 'startLine' | 'lineCount' | 'sha' | 'originalStartLine'>

export function parseBlame(output: Buffer): BlameHunk[] {
  const hunks: BlameHunk[] = []
  const commits = new Map<Oid, Map<string, Buffer>>()
  let open: Position | null = null
  for (const line of linesOf(output)) {
    const header = line[0] === TAB ? null : HEADER.exec(line.toString('latin1'))
    if (header?.[4] !== undefined) open = positionOf(header)
    else if (header === null && open !== null && line[0] !== TAB) keepField(commits, open.sha, line)
    else if (header === null && open !== null) {
      hunks.push({ ...open, ...aboutOf(commits.get(open.sha)) })
      open = null
    }
  }
  return hunks
}

function* linesOf(output: Buffer): Generator<Buffer> {
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(LINE_FEED, start)
    const stop = end < 0 ? output.length : end
    yield output.subarray(start, stop)
    start = stop + 1
  }
}

function positionOf([, sha = '', original, line, count]: RegExpExecArray): Position {
  return {
    startLine: Number(line),
    lineCount: Number(count),
    sha: sha as Oid,
    originalStartLine: Number(original),
  }
}

/** A commit is described once; its `filename` again where it has several. */
function keepField(commits: Map<Oid, Map<string, Buffer>>, sha: Oid, line: Buffer): void {
  const fields = commits.get(sha) ?? new Map<string, Buffer>()
  commits.set(sha, fields)
  const space = line.indexOf(' ')
  if (space > 0) fields.set(line.toString('latin1', 0, space), line.subarray(space + 1))
}

function aboutOf(fields: ReadonlyMap<string, Buffer> = new Map()) {
  return {
    originalPath: unquotePath(fields.get('filename') ?? Buffer.alloc(0)),
    authorName: String(fields.get('author') ?? ''),
    authorEmail: String(fields.get('author-mail') ?? '').replace(/^<(.*)>$/, '$1'),
    seconds: Number(fields.get('author-time') ?? 0),
    summary: String(fields.get('summary') ?? ''),
  }
}
