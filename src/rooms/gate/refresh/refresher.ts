/** Sees to it that the refs of a gate are those of its upstream before anybody reads them. */
import type { UpstreamRemote } from '../../../git/outbound/upstream-remote.ts'
import type { Staleness } from '../../../kernel/directory.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { RefName, RepoId } from '../../../kernel/ids.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { Repository } from '../../../kernel/repository.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import type { Upstreams } from '../../../store/upstreams/upstreams.ts'
import { followHead, type FollowHeadParts } from './follow-head.ts'
import { KnownUpstream } from './known-upstream.ts'
import { RefreshCounts } from './refresh-counts.ts'
import { refresh, type RefreshParts } from './refresh.ts'
import { Rounds } from './rounds.ts'
import { hostOf, reasonOf, unavailable } from './unavailable.ts'

export interface RefresherParts extends Omit<RefreshParts, 'onFetch'>, FollowHeadParts {
  readonly upstreams: Pick<Upstreams, 'of' | 'noteRefresh'>
  /** Parses, opens the seal, resolves. @throws AppError `UPSTREAM_UNAVAILABLE`, `OUTBOUND_REFUSED` */
  readonly openRemote: (upstream: Upstream) => Promise<UpstreamRemote>
  /** Waits for a place among those who ask upstreams. @throws AppError `OVERLOADED` */
  readonly admit: (repo: Repository, host: string, signal: AbortSignal) => Promise<Disposable>
  readonly clock: Clock
  /** Milliseconds that never go back. */
  readonly elapsed: () => number
  /** For a whole refresh. */
  readonly deadlineMs: number
  /** Told of every refresh that failed. */
  readonly onFailed: (repo: Repository, error: unknown) => void
}

export class Refresher implements AsyncDisposable {
  readonly counts = new RefreshCounts()
  readonly #parts: RefresherParts
  readonly #rounds: Rounds
  /** Only in memory: a start knows nothing to be fresh. */
  readonly #known = new Map<RepoId, KnownUpstream>()

  constructor(parts: RefresherParts) {
    this.#parts = parts
    const { elapsed, deadlineMs } = parts
    const given = (reason: string) => () => new AppError('UPSTREAM_UNAVAILABLE', { details: { reason } })
    const tooLate = given('the refresh took too long')
    const forgotten = given('the upstream was changed meanwhile; try again')
    this.#rounds = new Rounds({ elapsed, deadlineMs, tooLate, forgotten })
  }

  /**
   * Resolves when the refs are at most as old as the gate allows. All who wait share one refresh.
   *
   * @returns not `null`: they are older, which the gate allows while its upstream cannot be asked
   * @throws AppError `UPSTREAM_UNAVAILABLE`
   */
  async fresh(repo: Repository): Promise<Staleness | null> {
    const upstream = await this.#upstreamOf(repo)
    const known = this.#knownOf(upstream)
    const failedLately = known.failed !== null && known.failed.at >= this.#parts.elapsed() - upstream.maxAgeMs
    const stillStale = failedLately ? this.#stalenessOf(upstream, known) : null
    if (stillStale !== null) return stillStale
    try {
      await this.#share(repo, upstream, known, upstream.maxAgeMs)
      return null
    } catch (err) {
      if (this.#known.get(repo.id) !== known) return await this.fresh(repo) // the upstream of now is asked
      const stale = this.#stalenessOf(upstream, known, reasonOf(err))
      if (stale !== null) return stale
      throw unavailable(err, upstream, known.lastRefreshAt)
    }
  }

  /** Asks the upstream whatever the gate allows. @throws AppError `UPSTREAM_UNAVAILABLE` */
  async now(repo: Repository): Promise<void> {
    const upstream = await this.#upstreamOf(repo)
    const known = this.#knownOf(upstream)
    known.noteNext()
    await this.#share(repo, upstream, known, 0).catch((err: unknown) => {
      throw unavailable(err, upstream, known.lastRefreshAt)
    })
  }

  /** How old the refs are that readers are shown now, for want of newer ones. */
  async stale(repo: Repository): Promise<Staleness | null> {
    const upstream = await this.#parts.upstreams.of(repo.id)
    return upstream && this.#stalenessOf(upstream, this.#knownOf(upstream))
  }

  /** The upstream is another one from now on, or none: whoever reads next asks it. */
  forget(repoId: RepoId): void {
    this.#known.delete(repoId)
    this.#rounds.forget(repoId)
  }

  /** Gives up what runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]()
  }

  async #upstreamOf(repo: Repository): Promise<Upstream> {
    const upstream = await this.#parts.upstreams.of(repo.id)
    if (upstream !== null) return upstream
    throw new AppError('UPSTREAM_UNAVAILABLE', { details: { reason: 'it was removed meanwhile; try again' } })
  }

  /** Another server may have set it anew. */
  #knownOf(upstream: Upstream): KnownUpstream {
    const known = this.#known.get(upstream.repoId)
    if (known && known.version >= upstream.updatedAt) return known
    if (known) this.forget(upstream.repoId)
    const anew = new KnownUpstream(upstream)
    this.#known.set(upstream.repoId, anew)
    return anew
  }

  #share(repo: Repository, upstream: Upstream, known: KnownUpstream, maxAgeMs: number): Promise<void> {
    return this.#rounds.share(repo.id, maxAgeMs, async (asked, signal) => {
      const startedAt = this.#parts.elapsed()
      try {
        await this.#refresh(repo, { upstream, known }, asked, signal)
      } catch (err) {
        this.counts.failures++
        await this.#noteFailure(repo, known, err)
        throw err
      } finally {
        this.counts.rounds++
        this.counts.seconds += (this.#parts.elapsed() - startedAt) / 1_000
      }
    })
  }

  async #refresh(
    repo: Repository,
    { upstream, known }: { readonly upstream: Upstream; readonly known: KnownUpstream },
    asked: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { openRemote, admit, clock } = this.#parts
    using _place = await admit(repo, hostOf(upstream), signal)
    const remote = await openRemote(upstream)
    const at = clock.now()
    const onFetch = () => void this.counts.fetches++
    const there = await refresh({ ...this.#parts, onFetch }, repo, remote, asked, signal)
    signal.throwIfAborted()
    const head = await followHead(this.#parts, repo, { headRef: known.headRef }, there)
    const isSame = head === known.headRef
    known.succeeded(at, head)
    await this.#note(repo, known, { at, ...(isSame ? {} : { headRef: head }) })
  }

  async #noteFailure(repo: Repository, known: KnownUpstream, err: unknown): Promise<void> {
    const { onFailed, clock, elapsed } = this.#parts
    onFailed(repo, err)
    const error = reasonOf(err)
    known.failed = { at: elapsed(), reason: error }
    await this.#note(repo, known, { at: clock.now(), error })
  }

  /** A refresh that worked has worked, whether or not that could be written down. */
  async #note(
    repo: Repository,
    known: KnownUpstream,
    note: { readonly at: number; readonly headRef?: RefName | null; readonly error?: string },
  ): Promise<void> {
    if (!known.isNews(note, this.#parts.elapsed())) return
    if (this.#known.get(repo.id) !== known) return
    await this.#parts.upstreams
      .noteRefresh(repo.id, note)
      .catch((err: unknown) => this.#parts.onFailed(repo, err))
  }

  /** @returns `null`: nothing old may be shown, or nothing is known that could be */
  #stalenessOf(
    upstream: Upstream,
    { lastRefreshAt, failed }: KnownUpstream,
    reason: string | null = failed?.reason ?? null,
  ): Staleness | null {
    if (!upstream.staleIfError || lastRefreshAt === null || reason === null) return null
    return { upstream: hostOf(upstream), ageMs: this.#parts.clock.now() - lastRefreshAt, reason }
  }
}
