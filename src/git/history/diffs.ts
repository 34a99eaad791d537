/** Differences of two trees, as values or as git prints them. */
import type { Writable } from 'node:stream'
import { LRUCache } from 'lru-cache'
import type { Oid } from '../../kernel/ids.ts'
import { checkExit, readAll, type GitReader, type Reader } from '../git-reader.ts'
import type { PumpedProcess } from '../launcher/launcher.ts'
import { DiffOutput } from './diff-output.ts'
import type { FileDiff } from './file-diff.ts'

/** Ids of trees, or of commits, whose trees are meant. */
export interface DiffRange {
  readonly from: Oid
  readonly to: Oid
}

export interface DiffStats {
  readonly additions: number
  readonly deletions: number
  readonly filesChanged: number
}

export const PATCH_LIMITS = { maxFileBytes: 1024 * 1024, maxBytes: 10 * 1024 * 1024 }

const DIFF_TREE = ['diff-tree', '-r', '-M', '--full-index', '--no-color', '--no-ext-diff', '--no-textconv']
const STREAM_WALL_MS = 10 * 60_000
/** Two ids never differ in another way: what was found out is kept while there is room. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024
const FILE_BYTES = 512

export class Diffs {
  readonly #git: Pick<GitReader, 'run' | 'start' | 'startInto'>
  readonly #kept = new LRUCache<string, readonly FileDiff[]>({
    maxSize: MAX_KEPT_BYTES,
    maxEntrySize: MAX_KEPT_BYTES / 8,
    sizeCalculation: bytesOf,
  })

  constructor(git: Pick<GitReader, 'run' | 'start' | 'startInto'>) {
    this.#git = git
  }

  /**
   * Files that differ, renames found, in the order of their paths.
   *
   * @param opts.patch with a patch each, cut at `PATCH_LIMITS`
   * @throws AppError `UNPROCESSABLE` (too many files), `UNAVAILABLE` (too slow); as `GitReader.start`
   */
  async files(reader: Reader, range: DiffRange, opts: { patch: boolean }): Promise<readonly FileDiff[]> {
    const key = [reader.repo.id, range.from, range.to, opts.patch].join(' ')
    const kept = this.#kept.get(key)
    if (kept) return kept
    const files = await this.#readFiles(reader, range, opts)
    this.#kept.set(key, files)
    return files
  }

  async stats(reader: Reader, { from, to }: DiffRange): Promise<DiffStats> {
    const out = await this.#git.run(reader, [...DIFF_TREE, '--shortstat', from, to])
    const text = out.toString('latin1')
    const count = (what: RegExp) => Number(what.exec(text)?.[1] ?? 0)
    return {
      additions: count(/(\d+) insertion/),
      deletions: count(/(\d+) deletion/),
      filesChanged: count(/(\d+) file/),
    }
  }

  /** The patch as git prints it, whole, into a stream that stays open. @throws as `GitReader.startInto` */
  stream(reader: Reader, into: Writable, { from, to }: DiffRange): Promise<PumpedProcess> {
    return this.#git.startInto(reader, into, [...DIFF_TREE, '--patch', '--binary', from, to], {
      wallMs: STREAM_WALL_MS,
    })
  }

  async #readFiles(reader: Reader, { from, to }: DiffRange, opts: { patch: boolean }) {
    const formats = ['-z', '--raw', '--numstat', ...(opts.patch ? ['--patch'] : [])]
    const args = [...DIFF_TREE, ...formats, from, to]
    const output = new DiffOutput(PATCH_LIMITS)
    const git = await this.#git.start(reader, args)
    const whole = await readAll(git, (chunk) => output.take(chunk))
    if (whole) {
      const exit = await git.exited
      reader.signal?.throwIfAborted()
      checkExit(args, exit)
    }
    return output.files(whole)
  }
}

/** In memory, about. */
function bytesOf(files: readonly FileDiff[]): number {
  return files.reduce(
    (sum, { path, patch }) => sum + FILE_BYTES + 2 * (path.length + (patch?.length ?? 0)),
    1,
  )
}
