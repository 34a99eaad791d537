/**
 * Reads the log behind the pushes and lets pull requests follow. At least once, and in order: what is read
 * again after a crash changes nothing. What one event does stands in follow-event.ts.
 */
import { AppError } from '../../kernel/errors.ts'
import type { StoredEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { EventCursors } from '../../store/event-cursors.ts'
import type { ReadNews } from '../../store/pulls-news.ts'

export interface FollowerParts {
  readonly readNews: ReadNews
  readonly cursors: EventCursors
  readonly follow: (event: StoredEvent) => Promise<void>
  /** `event`: it is passed over; `null`: the log is read again later. */
  readonly onFailed: (event: StoredEvent | null, error: unknown) => void
}

interface Waiting {
  readonly round: number
  readonly resolve: () => void
}

const SUBSCRIBER = 'pull-requests'

export class Follower {
  readonly #parts: FollowerParts
  /** Sequence of the last event that was followed; `null` before the first round. */
  #position: number | null = null
  #saved = 0
  /** Rounds asked for, and made. The first one is what the run before this one left. */
  #asked = 1
  #made = 0
  /** Round after which the latest news of a repository are known; absent: they are. */
  readonly #roundOf = new Map<RepoId, number>()
  #waiting: readonly Waiting[] = []
  #running: Promise<void> | null = null

  constructor(parts: FollowerParts) {
    this.#parts = parts
  }

  /** There is news of this repository in the log. Costs a push nothing: the log is read when its answer is out. */
  wake(repoId: RepoId): void {
    this.#roundOf.set(repoId, ++this.#asked)
    this.#start()
  }

  /** Reads what others, or a recovery, have written, and notes how far that was. */
  async round(): Promise<void> {
    this.#asked++
    this.#start()
    await this.#until(this.#asked)
    await this.#save()
  }

  /** Resolves when all that this process had told of the repository is followed, or could not be. */
  caughtUp(repoId: RepoId): Promise<void> {
    return this.#until(this.#roundOf.get(repoId) ?? 1)
  }

  /** Ends the round that is under way. */
  async stop(): Promise<void> {
    await this.#running
    await this.#save()
  }

  #until(round: number): Promise<void> {
    if (this.#made >= round) return Promise.resolve()
    this.#start()
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { round, resolve }]
    })
  }

  #start(): void {
    this.#running ??= this.#rounds().finally(() => (this.#running = null))
  }

  async #rounds(): Promise<void> {
    while (this.#made < this.#asked) {
      await new Promise(setImmediate) // pushes of one turn of the event loop share a round
      const round = this.#asked
      await this.#readLog().catch((err: unknown) => this.#parts.onFailed(null, err))
      this.#made = round
      for (const [repoId, last] of this.#roundOf) if (last <= round) this.#roundOf.delete(repoId)
      const done = this.#waiting.filter((waiting) => waiting.round <= round)
      this.#waiting = this.#waiting.filter((waiting) => waiting.round > round)
      for (const { resolve } of done) resolve()
    }
  }

  async #readLog(): Promise<void> {
    this.#position ??= this.#saved = await this.#parts.cursors.read(SUBSCRIBER)
    for (;;) {
      const { news, more } = await this.#parts.readNews(this.#position)
      for (const { sequence, event } of news) {
        if (event) await this.#follow(event)
        this.#position = sequence
      }
      if (!more) return
    }
  }

  /** What may go well later stops the round; anything else must not keep the rest of the log waiting. */
  async #follow(event: StoredEvent): Promise<void> {
    try {
      await this.#parts.follow(event)
    } catch (err) {
      if (err instanceof AppError && err.status === 503) throw err
      this.#parts.onFailed(event, err)
    }
  }

  /** Now and then, not for each push: an event that is followed twice does no harm. */
  async #save(): Promise<void> {
    const position = this.#position ?? 0
    if (position <= this.#saved) return
    await this.#parts.cursors.advance(SUBSCRIBER, position)
    this.#saved = position
  }
}
