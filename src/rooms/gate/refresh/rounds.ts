/**
 * Lets all who want to know the same wait for one answer that is new enough for each of them. Knows nothing of
 * upstreams.
 */
import type { RepoId } from '../../../kernel/ids.ts'

/** One round of asking. @param asked call before the question leaves: what is answered is at least that new */
export type Ask = (asked: () => void, signal: AbortSignal) => Promise<void>

export interface RoundsParts {
  /** Milliseconds that never go back. */
  readonly elapsed: () => number
  /** After which a round is given up. */
  readonly deadlineMs: number
  /** Reason of a round that takes longer, and of one that nobody is to wait for any more. */
  readonly tooLate: () => Error
  readonly forgotten: () => Error
}

interface Round {
  /** `at` is `null`: nobody was asked yet. */
  readonly asked: { at: number | null }
  readonly done: Promise<void>
  readonly giveUp: (reason: Error) => void
}

interface Line {
  current: Round | null
  /** Begins when `current` has ended well; for those who came after it had asked. */
  next: Promise<void> | null
  /** When the latest question that was answered had been asked. */
  freshAt: number
}

export class Rounds implements AsyncDisposable {
  readonly #parts: RoundsParts
  readonly #lines = new Map<RepoId, Line>()
  readonly #running = new Set<Promise<void>>()

  constructor(parts: RoundsParts) {
    this.#parts = parts
  }

  /**
   * Resolves when there is an answer to a question that was asked at most `maxAgeMs` before this call. A round that
   * fails while somebody waits has failed for him as well.
   *
   * @throws what `ask` throws, and the reasons of `RoundsParts`
   */
  async share(id: RepoId, maxAgeMs: number, ask: Ask): Promise<void> {
    const needed = this.#parts.elapsed() - maxAgeMs
    const line = this.#lineOf(id)
    if (line.freshAt >= needed) return
    const { current } = line
    if (current === null) return this.#begin(line, ask)
    if (current.asked.at === null || current.asked.at >= needed) return current.done
    line.next ??= current.done
      .finally(() => {
        line.next = null
      })
      .then(() => line.current?.done ?? this.#begin(line, ask))
    return line.next
  }

  /** The next one who asks begins anew, and who waits is told so. */
  forget(id: RepoId): void {
    const line = this.#lines.get(id)
    this.#lines.delete(id)
    line?.current?.giveUp(this.#parts.forgotten())
  }

  /** Gives up what runs and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of [...this.#lines.keys()]) this.forget(id)
    await Promise.allSettled(this.#running)
  }

  #lineOf(id: RepoId): Line {
    const line = this.#lines.get(id) ?? { current: null, next: null, freshAt: -Infinity }
    this.#lines.set(id, line)
    return line
  }

  #begin(line: Line, ask: Ask): Promise<void> {
    const controller = new AbortController()
    const giveUp = (reason: Error) => controller.abort(reason)
    const timer = setTimeout(() => giveUp(this.#parts.tooLate()), this.#parts.deadlineMs)
    const asked: Round['asked'] = { at: null }
    const work = ask(() => {
      asked.at ??= this.#parts.elapsed()
    }, controller.signal)
    this.#track(work)
    const done = Promise.race([work, aborted(controller.signal)])
      .then(() => {
        line.freshAt = asked.at ?? line.freshAt
      })
      .finally(() => {
        clearTimeout(timer)
        line.current = null
      })
    line.current = { asked, done, giveUp }
    return done
  }

  /** Also one that nobody waits for any more may still move refs. */
  #track(work: Promise<void>): void {
    const ended = work.catch(() => {}).finally(() => this.#running.delete(ended))
    this.#running.add(ended)
  }
}

/** Rejects when the signal aborts; what it waits for must not keep the process. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
