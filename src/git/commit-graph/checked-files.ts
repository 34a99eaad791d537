/**
 * Which files of commit-graphs are as git has written them: by the checksum at their end, looked at once. Without that
 * a bit that has changed is another parent, and a history that never was.
 *
 * @see gitformat-commit-graph(5), "TRAILER"
 */
import { createHash, type Hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import type { ObjectFormat } from '../../kernel/ids.ts'
import { isSameState, readFileState, type FileState } from '../refs/file-state.ts'

/** `unknown`: it is large and being looked at, or cannot be read. */
export type Condition = 'sound' | 'damaged' | 'unknown'

interface Checked {
  readonly state: FileState
  readonly condition: Condition
}

/** Some milliseconds: the graph of 50,000 commits. A larger one is read piece by piece, beside all else. */
const AT_ONCE_BYTES = 4 * 1024 * 1024
const PIECE_BYTES = 1024 * 1024
const HASH_BYTES = { sha1: 20, sha256: 32 } as const
const MAX_FILES = 1_000

export class CheckedFiles {
  readonly #checked = new LRUCache<string, Checked>({ max: MAX_FILES })
  readonly #atOnceBytes: number

  constructor(atOnceBytes = AT_ONCE_BYTES) {
    this.#atOnceBytes = atOnceBytes
  }

  /**
   * Blocking, for a small file that is new.
   *
   * @param onKnown told when a condition that is unknown now is known
   * @returns `null`: there is no such file
   */
  conditionOf(path: string, format: ObjectFormat, onKnown: () => void): Condition | null {
    const state = readFileState(path)
    if (state === null) return null
    const checked = this.#checked.get(path)
    if (checked && isSameState(checked.state, state)) return checked.condition
    const isSmall = state.size <= this.#atOnceBytes
    const condition = isSmall ? conditionAtOnce(path, format) : 'unknown'
    this.#checked.set(path, { state, condition })
    if (!isSmall) void this.#look(path, state, format).then(onKnown)
    return condition
  }

  async #look(path: string, state: FileState, format: ObjectFormat): Promise<void> {
    const condition = await conditionInPieces(path, state.size, format).catch(() => 'unknown' as const)
    this.#checked.set(path, { state, condition })
  }
}

function conditionAtOnce(path: string, format: ObjectFormat): Condition {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    return 'unknown' // gone by now, or the disk is broken
  }
  const end = Math.max(0, bytes.length - HASH_BYTES[format])
  return compare(createHash(format).update(bytes.subarray(0, end)), bytes.subarray(end))
}

/** On threads, but for the sums. @throws the error of the file system */
export async function conditionInPieces(
  path: string,
  size: number,
  format: ObjectFormat,
): Promise<Condition> {
  await using file = await open(path)
  const hash = createHash(format)
  const end = size - HASH_BYTES[format]
  if (end < 0) return 'damaged'
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (let at = 0; at < end;) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE_BYTES, end - at), at)
    if (bytesRead === 0) return 'damaged'
    hash.update(piece.subarray(0, bytesRead))
    at += bytesRead
  }
  const { bytesRead } = await file.read(piece, 0, HASH_BYTES[format], end)
  return compare(hash, piece.subarray(0, bytesRead))
}

function compare(hash: Hash, checksum: Buffer): Condition {
  return hash.digest().equals(checksum) ? 'sound' : 'damaged'
}
