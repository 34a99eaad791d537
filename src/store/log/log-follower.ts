/**
 * Reads the log in order and gives it to one subscriber, as soon as there is something new in it. What the
 * subscriber does with it, and what it writes down of its position, is the business of `take`.
 */
import type { NewEvent, StoredEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { EventCursors } from './event-cursors.ts'
import type { EventTail } from './event-tail.ts'

export interface LogFollowerParts {
  /** Names its cursor. */
  readonly name: string
  readonly tail: Pick<EventTail, 'after' | 'onNews' | 'end'>
  /** Where one begins that has no cursor yet. */
  readonly from: 'beginning' | 'end'
  readonly cursors: Pick<EventCursors, 'read' | 'advance'>
  /** Types of events that concern it. */
  readonly concerns: (type: string) => boolean
  /**
   * At least once, in order. What was refused is never among them.
   *
   * @param to position behind the last of them, to be noted in the same transaction by who does so
   * @returns position that is reached, where another server has come further; absent: `to`
   * @throws what stops this round: it is tried again
   */
  readonly take: (events: readonly StoredEvent[], to: number) => Promise<number | void>
  readonly onFailed: (error: unknown) => void
}

interface Waiting {
  readonly round: number
  readonly resolve: () => void
}

const ROUND_EVERY_MS = 60_000
const RETRY_FIRST_MS = 500
const RETRY_LONGEST_MS = 60_000

export class LogFollower implements AsyncDisposable {
  readonly #parts: LogFollowerParts
  readonly #timer: NodeJS.Timeout
  readonly #listening: Disposable
  /** Sequence of the last event that was taken; `null` before the first round. */
  #position: number | null = null
  #saved = 0
  /** Rounds asked for, and made. The first one is what the run before this one left. */
  #asked = 1
  #made = 0
  /** Round after which the latest news of a repository are known; absent: they are. */
  readonly #roundOf = new Map<RepoId, number>()
  #waiting: readonly Waiting[] = []
  #running: Promise<void> | null = null
  #failures = 0
  #retry: NodeJS.Timeout | null = null

  /** Begins with what an earlier run has left in the log. Dispose to end the round that is under way. */
  constructor(parts: LogFollowerParts) {
    this.#parts = parts
    this.#listening = parts.tail.onNews(() => this.#ask())
    this.#timer = setInterval(() => void this.#round(), ROUND_EVERY_MS)
    this.#timer.unref()
    this.#start()
  }

  /** Sequence of the last event that need not be taken again; `null` before the first round. */
  get position(): number | null {
    return this.#position
  }

  /**
   * This process has appended events: `caughtUp` waits for them from now on. A follower that nobody waits
   * for need not be told. Costs whoever appends nothing: the log is read when his turn is over.
   */
  wake(events: readonly NewEvent[]): void {
    const concerned = events.filter(({ type, denied }) => denied !== true && this.#parts.concerns(type))
    if (concerned.length === 0) return
    const round = this.#ask()
    for (const { repoId } of concerned) if (repoId !== null) this.#roundOf.set(repoId, round)
  }

  /** Resolves when all that this process has told of the repository is taken, or could not be. */
  caughtUp(repoId: RepoId): Promise<void> {
    const round = this.#roundOf.get(repoId) ?? 1
    if (this.#made >= round) return Promise.resolve()
    this.#start()
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { round, resolve }]
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]()
    clearInterval(this.#timer)
    if (this.#retry) clearTimeout(this.#retry)
    await this.#running
    await this.#save().catch(this.#parts.onFailed) // the next run takes what it has taken already
  }

  /** While it waits to try again, news do not hurry it: what fails with each of them would fail quickly. */
  #ask(): number {
    this.#asked++
    if (this.#retry === null) this.#start()
    return this.#asked
  }

  /** Looks for what others have written, and notes how far it has come. */
  async #round(): Promise<void> {
    this.#ask()
    await this.#running
    await this.#save().catch(this.#parts.onFailed)
  }

  #start(): void {
    if (this.#running === null && this.#made < this.#asked) this.#running = this.#rounds()
  }

  /** Ends in the same step in which it finds nothing more to do, so that no call between is lost. */
  async #rounds(): Promise<void> {
    while (this.#made < this.#asked) {
      await new Promise(setImmediate) // what one turn of the event loop appends shares a round
      const round = this.#asked
      const worked = await this.#readLog().then(
        () => true,
        (err: unknown) => this.#tryLater(err),
      )
      if (worked) this.#failures = 0
      this.#end(worked ? round : this.#asked)
    }
    this.#running = null
  }

  #end(round: number): void {
    this.#made = round
    for (const [repoId, last] of this.#roundOf) if (last <= round) this.#roundOf.delete(repoId)
    const done = this.#waiting.filter((waiting) => waiting.round <= round)
    this.#waiting = this.#waiting.filter((waiting) => waiting.round > round)
    for (const { resolve } of done) resolve()
  }

  async #readLog(): Promise<void> {
    const { tail, concerns, take } = this.#parts
    let position = (this.#position ??= await this.#begin())
    for (let more = true; more;) {
      const page = await tail.after(position)
      const to = page.events.at(-1)?.sequence ?? position
      const concerned = page.events.filter(({ type, denied }) => denied !== true && concerns(type))
      position = concerned.length === 0 ? to : ((await take(concerned, to)) ?? to)
      this.#position = position
      more = page.more || position < to
    }
  }

  /** Position that an earlier run, or another server, has reached. */
  async #begin(): Promise<number> {
    const { name, tail, cursors, from } = this.#parts
    const known = await cursors.read(name)
    if (known !== null || from === 'beginning') return (this.#saved = known ?? 0)
    this.#saved = await tail.end()
    await cursors.advance(name, this.#saved)
    return this.#saved
  }

  #tryLater(err: unknown): false {
    this.#parts.onFailed(err)
    const wait = Math.min(RETRY_FIRST_MS * 2 ** this.#failures++, RETRY_LONGEST_MS)
    if (this.#retry) clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.#ask()
    }, wait)
    this.#retry.unref()
    return false
  }

  /** Now and then, not for each event: one that is taken twice does no harm. */
  async #save(): Promise<void> {
    const position = this.#position ?? 0
    if (position <= this.#saved) return
    await this.#parts.cursors.advance(this.#parts.name, position)
    this.#saved = position
  }
}
