/** All files of a commit in one file. */
import type { Writable } from 'node:stream'
import type { Oid } from '../../kernel/ids.ts'
import { checkExit, type GitReader, type Reader } from '../git-reader.ts'
import type { PumpedProcess } from '../launcher/launcher.ts'

export const ARCHIVE_FORMATS = ['tar.gz', 'zip', 'tar'] as const
export type ArchiveFormat = (typeof ARCHIVE_FORMATS)[number]

/** At the pace of whoever takes it. */
const ARCHIVE_WALL_MS = 3_600_000
const ARCHIVE_CPU_SECONDS = 600

/**
 * Streams the archive into `into`, which stays open. A commit makes the same bytes each time.
 *
 * @param prefix directory in which everything lies
 * @returns `exited` rejects as `checkExit` throws: `UNPROCESSABLE` when a limit was reached
 * @throws as `GitReader.startInto`
 * @see git-archive(1)
 */
export async function archive(
  git: Pick<GitReader, 'startInto'>,
  reader: Reader,
  into: Writable,
  { commit, format, prefix }: { commit: Oid; format: ArchiveFormat; prefix: string },
): Promise<PumpedProcess> {
  const args = ['archive', `--format=${format}`, `--prefix=${prefix}/`, commit]
  const limits = { wallMs: ARCHIVE_WALL_MS, cpuSeconds: ARCHIVE_CPU_SECONDS }
  const process = await git.startInto(reader, into, args, limits)
  const exited = process.exited.then((exit) => {
    checkExit(args, exit)
    return exit
  })
  exited.catch(() => {}) // nobody waits for it when the client is gone
  return { ...process, exited }
}
