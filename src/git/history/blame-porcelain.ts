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
type About = Omit<BlameHunk, keyof Position>

/** Characters kept of each text: it is told again in every hunk of its commit. */
const MAX_TEXT_CHARS = 1_000
/** No character takes more bytes in UTF-8. */
const MAX_TEXT_BYTES = 4 * MAX_TEXT_CHARS
const NOTHING: About = { originalPath: '', authorName: '', authorEmail: '', seconds: 0, summary: '' }

/** Texts are cut after 1,000 characters; paths are whole, and those of one commit are one string. */
export function parseBlame(output: Buffer): BlameHunk[] {
  const hunks: BlameHunk[] = []
  const commits = new Map<Oid, About>()
  let open: Position | null = null
  for (const line of linesOf(output)) {
    const header = line[0] === TAB ? null : HEADER.exec(line.toString('latin1'))
    if (header?.[4] !== undefined) open = positionOf(header)
    else if (header === null && open !== null && line[0] !== TAB) keepField(commits, open.sha, line)
    else if (header === null && open !== null) {
      hunks.push({ ...open, ...(commits.get(open.sha) ?? NOTHING) })
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
function keepField(commits: Map<Oid, About>, sha: Oid, line: Buffer): void {
  const space = line.indexOf(' ')
  if (space <= 0) return
  const told = fieldOf(line.toString('latin1', 0, space), line.subarray(space + 1))
  commits.set(sha, { ...NOTHING, ...commits.get(sha), ...told })
}

function fieldOf(name: string, value: Buffer): Partial<About> {
  switch (name) {
    case 'filename':
      return { originalPath: unquotePath(value) }
    case 'author':
      return { authorName: textOf(value) }
    case 'author-mail':
      return { authorEmail: textOf(value).replace(/^<(.*?)>?$/, '$1') }
    case 'author-time':
      return { seconds: Number(value) }
    case 'summary':
      return { summary: textOf(value) }
    default:
      return {}
  }
}

function textOf(value: Buffer): string {
  return Array.from(value.toString('utf8', 0, MAX_TEXT_BYTES))
    .slice(0, MAX_TEXT_CHARS)
    .join('')
}
