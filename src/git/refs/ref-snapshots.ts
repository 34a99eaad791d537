/**
 * Keeps the ref snapshots of busy repositories and knows when they are out of date, whoever moved
 * the refs. A poll with nothing new costs a few `stat` calls, once a millisecond, and no process.
 */
import type { RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { areFilesUnchanged, isScanSettled, type RefScan, scanRefs } from './ref-scan.ts'
import type { RefSnapshot } from './ref-snapshot.ts'

/** How long a look at the files is believed without another one. */
const TRUST_MS = 1

interface Entry {
  readonly repo: RepoHandle
  scan: RefScan | null
  bytes: number
  /** Whether `scan` may be used after a look at the files. */
  usable: boolean
  /** When the files were looked at last, by `performance.now()`. */
  lookedAt: number
  /** Grows with each `invalidate`. */
  generation: number
  running: Promise<RefSnapshot> | null
  /** Starts when `running` has ended; for those who asked after `running` had started to read. */
  next: Promise<RefSnapshot> | null
}

export class RefSnapshots {
  readonly #maxBytes: number
  /** Least recently used first. */
  readonly #entries = new Map<RepoId, Entry>()
  #bytes = 0

  /** @param maxBytes of memory for all snapshots together; one is kept whatever its size */
  constructor(opts: { readonly maxBytes: number }) {
    this.#maxBytes = opts.maxBytes
  }

  /**
   * The refs as they are now, or as they were at most a millisecond ago if nobody in this process
   * has called `invalidate` since. Concurrent callers share one scan.
   *
   * @throws AppError `REPO_NOT_FOUND` when there is no repository at its path
   */
  async get(repo: RepoHandle): Promise<RefSnapshot> {
    const entry = this.#touch(repo)
    if (entry.scan && stands(entry)) return entry.scan.snapshot
    if (!entry.running) return this.#startScan(entry)
    entry.next ??= entry.running.then(
      () => this.#scanAgain(entry),
      () => this.#scanAgain(entry),
    )
    return entry.next
  }

  /** Call when refs of the repository have been moved: whoever asks from now on sees them. */
  invalidate(id: RepoId): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.generation++
    entry.usable = false
  }

  /** Call when the repository is gone, or objects were removed from it. */
  forget(id: RepoId): void {
    const entry = this.#entries.get(id)
    if (entry) this.#drop(entry)
  }

  #touch(repo: RepoHandle): Entry {
    const entry = this.#entries.get(repo.id) ?? newEntry(repo)
    this.#entries.delete(repo.id)
    this.#entries.set(repo.id, entry)
    return entry
  }

  #scanAgain(entry: Entry): Promise<RefSnapshot> | RefSnapshot {
    entry.next = null
    return entry.scan && stands(entry) ? entry.scan.snapshot : this.#startScan(entry)
  }

  #startScan(entry: Entry): Promise<RefSnapshot> {
    const running = this.#scan(entry).finally(() => {
      entry.running = null
    })
    entry.running = running
    return running
  }

  async #scan(entry: Entry): Promise<RefSnapshot> {
    const { generation } = entry
    entry.lookedAt = performance.now()
    try {
      const scan = await scanRefs(entry.repo, entry.scan)
      this.#keep(entry, scan)
      entry.usable = generation === entry.generation && isScanSettled(scan)
      return scan.snapshot
    } catch (err) {
      this.#drop(entry)
      throw err
    }
  }

  #keep(entry: Entry, scan: RefScan): void {
    entry.scan = scan
    if (this.#entries.get(entry.repo.id) !== entry) return
    this.#bytes -= entry.bytes
    entry.bytes = bytesOf(scan)
    this.#bytes += entry.bytes
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#maxBytes || this.#entries.size === 1) return
      this.#drop(oldest)
    }
  }

  #drop(entry: Entry): void {
    entry.generation++
    entry.usable = false
    if (this.#entries.get(entry.repo.id) !== entry) return
    this.#entries.delete(entry.repo.id)
    this.#bytes -= entry.bytes
  }
}

/** Looks at the files unless that was done just now. */
function stands(entry: Entry): boolean {
  if (!entry.usable || entry.scan === null) return false
  const now = performance.now()
  if (now - entry.lookedAt < TRUST_MS) return true
  entry.lookedAt = now
  entry.usable = areFilesUnchanged(entry.scan)
  return entry.usable
}

function newEntry(repo: RepoHandle): Entry {
  return { repo, scan: null, bytes: 0, usable: false, lookedAt: 0, generation: 0, running: null, next: null }
}

/** The state of a directory or file, and its path. */
const STATE_BYTES = 512

function bytesOf({ snapshot, directories }: RefScan): number {
  return snapshot.maxBytes + (directories.size + 2) * STATE_BYTES
}
