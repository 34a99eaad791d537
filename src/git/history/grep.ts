/** A search through the files of one commit: fixed text, no pattern; so much and so long, and no more. */
import type { Oid } from '../../kernel/ids.ts'
import { checkExit, limitReached, readAll, type GitReader, type Reader } from '../git-reader.ts'
import { GrepMatches, type GrepMatch } from './grep-matches.ts'

export interface GrepQuestion {
  readonly commit: Oid
  /** One line, in this case. */
  readonly text: string
  /** A file, or a directory and all below it. */
  readonly path?: string | undefined
  readonly limit: number
}

export interface GrepAnswer {
  readonly matches: readonly GrepMatch[]
  /** Why there may be more; `null` when these are all. */
  readonly truncated: 'limit' | 'time' | 'memory' | null
}

const GREP_WALL_MS = 5_000
const FOUND_OR_NOT = [0, 1]

/**
 * Lines that hold the text, by path and line; binary files are left out.
 *
 * @throws AppError as `GitReader.start`, `GIT_FAILED`
 * @see git-grep(1)
 */
export async function grep(
  git: Pick<GitReader, 'start'>,
  reader: Reader,
  { commit, text, path, limit }: GrepQuestion,
  wallMs: number = GREP_WALL_MS,
): Promise<GrepAnswer> {
  const options = ['-F', '-I', '-n', '-z', '--full-name', '--column', '--no-color', '--threads=2']
  const args = ['grep', ...options, '-e', text, commit, '--', ...(path === undefined ? [] : [path])]
  const found = new GrepMatches(limit, commit.length + 1)
  const process = await git.start(reader, args, { wallMs })
  const whole = await readAll(process, (chunk) => found.take(chunk))
  if (!whole) return { matches: found.found, truncated: 'limit' }

  const exit = await process.exited
  reader.signal?.throwIfAborted()
  const truncated = limitReached(exit)
  if (truncated === null) checkExit(args, exit, FOUND_OR_NOT)
  return { matches: found.found, truncated }
}
