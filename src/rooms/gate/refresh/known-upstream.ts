/** What a server remembers of an upstream between two refreshes. */
import type { RefName } from '../../../kernel/ids.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'

/** What is written down more often than that costs every reader a write. */
const NOTE_EVERY_MS = 1_000

export class KnownUpstream {
  /** Grows whenever the upstream is set. */
  readonly version: number
  /** The branch that its HEAD led to last; `null`: to none. */
  headRef: RefName | null
  /** Milliseconds since 1970; also of another server, or of an earlier start. */
  lastRefreshAt: number | null
  /** The last refresh failed, at that time by `elapsed`. */
  failed: { readonly at: number; readonly reason: string } | null = null
  #noted: { readonly at: number; readonly error: string | null }

  constructor(upstream: Upstream) {
    this.version = upstream.updatedAt
    this.headRef = upstream.headRef
    this.lastRefreshAt = upstream.lastRefreshAt
    this.#noted = { at: -Infinity, error: upstream.lastError }
  }

  succeeded(at: number, head: RefName | null): void {
    this.lastRefreshAt = at
    this.failed = null
    this.headRef = head
  }

  /** Somebody looks at what is written down. */
  noteNext(): void {
    this.#noted = { ...this.#noted, at: -Infinity }
  }

  /** Is it to be written down? If so, it is taken for written. @param now by `elapsed` */
  isNews(note: { readonly headRef?: RefName | null; readonly error?: string }, now: number): boolean {
    const error = note.error ?? null
    const isOther = error !== this.#noted.error || note.headRef !== undefined
    if (!isOther && now - this.#noted.at < NOTE_EVERY_MS) return false
    this.#noted = { at: now, error }
    return true
  }
}
