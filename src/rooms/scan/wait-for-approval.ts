/** Holds a push until somebody has decided about all of its findings, or for as long as the repository says. */
import { setTimeout as delay } from 'node:timers/promises'
import type { QuarantinedPush } from '../../kernel/policy.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { findingLines } from './secret-found.ts'
import type { Judged } from './judge-findings.ts'

export interface WaitParts {
  /** Told when this process has decided something about the repository; others are found by asking. */
  readonly onDecided: (repoId: RepoId, told: () => void) => Disposable
  readonly clock: Clock
}

const ASK_EVERY_MS = 2_000
const TELL_EVERY_MS = 5_000
/** Of one repository at once: each keeps a connection, and its objects on disk. */
const MAX_WAITING = 20

export class ApprovalWaits {
  readonly #parts: WaitParts
  readonly #waiting = new Map<RepoId, number>()

  constructor(parts: WaitParts) {
    this.#parts = parts
  }

  /**
   * @param judge what may not pass now
   * @returns what may still not pass
   * @throws the reason of the push's signal; what `judge` throws
   */
  async until(
    push: Pick<QuarantinedPush, 'repo' | 'pause' | 'progress' | 'signal'>,
    waitMs: number,
    judged: readonly Judged[],
    judge: () => Promise<readonly Judged[]>,
  ): Promise<readonly Judged[]> {
    const { id } = push.repo
    const others = this.#waiting.get(id) ?? 0
    if (waitMs === 0 || others >= MAX_WAITING || !mayBeApproved(judged)) return judged
    this.#waiting.set(id, others + 1)
    try {
      return await push.pause(() => this.#wait(push, waitMs, judged, judge))
    } finally {
      const left = (this.#waiting.get(id) ?? 1) - 1
      if (left > 0) this.#waiting.set(id, left)
      else this.#waiting.delete(id)
    }
  }

  async #wait(
    { repo, progress, signal }: Pick<QuarantinedPush, 'repo' | 'progress' | 'signal'>,
    waitMs: number,
    first: readonly Judged[],
    judge: () => Promise<readonly Judged[]>,
  ): Promise<readonly Judged[]> {
    const { clock, onDecided } = this.#parts
    const end = clock.now() + waitMs
    let [judged, toldAt] = [first, -Infinity]
    for (const line of findingLines(judged)) progress(`${line}\n`)
    while (mayBeApproved(judged) && clock.now() < end) {
      const now = clock.now()
      if (now - toldAt >= TELL_EVERY_MS) {
        progress(`waiting for approval of ${judged.length}, ${Math.ceil((end - now) / 1000)} s left\n`)
        toldAt = now
      }
      await decidedOrLater((told) => onDecided(repo.id, told), Math.min(ASK_EVERY_MS, end - now), signal)
      judged = await judge()
    }
    return judged
  }
}

/** Something is left to be decided, and nothing is decided against it. */
function mayBeApproved(judged: readonly Judged[]): boolean {
  return (
    judged.length > 0 &&
    judged.every(({ finding, state }) => state !== 'denied' && finding.fingerprint !== null)
  )
}

async function decidedOrLater(
  onDecided: (told: () => void) => Disposable,
  laterMs: number,
  signal: AbortSignal,
): Promise<void> {
  const decided = new AbortController()
  using _listening = onDecided(() => decided.abort())
  await delay(laterMs, undefined, { signal: AbortSignal.any([decided.signal, signal]) }).catch(() => {})
  signal.throwIfAborted()
}
