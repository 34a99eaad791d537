/**
 * Sends what waits in one line, in the order of the log, until nothing is left or its head has to wait.
 * Who the receiver is, and how it is spoken to, is known elsewhere.
 */
import type { JobEnd } from '../../../kernel/background.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { Deliveries } from '../../../store/deliveries/deliveries.ts'
import type { Line, Settled, Waiting, WaitingPage } from '../../../store/deliveries/delivery.ts'
import { afterAttempt, TRIED_FOR_MS } from './after-attempt.ts'
import type { Outages } from './outages.ts'
import type { Receiver } from './receiver.ts'

export interface DeliverLineParts {
  readonly deliveries: Pick<Deliveries, 'head' | 'aside' | 'settle' | 'drop' | 'park'>
  readonly outages: Outages
  /** The receiver is there again: what waits for it need not wait any longer. */
  readonly bringForward: (receiver: string) => Promise<void>
  readonly clock: Pick<Clock, 'now'>
}

/** Read at once, at most: about twice what the round before has sent, so that little is read in vain. */
const LARGEST_PAGE = 100
const SMALLEST_PAGE = 10
const ASIDE_PAGE = 10
/** Then what came of them is written down. */
const ROUND_MS = 2_000
/** Then the receiver is looked up again, before the next round: it may have been changed, or removed. */
const LOOK_UP_MS = 1_000
/** Then another line has its turn. */
const RUN_MS = 10_000
const SWITCHED_OFF = 'the receiver was switched off'

/**
 * The run of a job whose key is the line. Nothing may be sent by two of them at once.
 *
 * @param receiverOf asked now and then; `null`: there is nobody, and what waits is parked
 * @returns when to come back; nothing: the line is empty
 * @throws the reason of the signal; what receivers throw
 */
export async function deliverLine(
  parts: DeliverLineParts,
  line: Line,
  receiverOf: () => Promise<Receiver | null>,
  signal: AbortSignal,
): Promise<JobEnd | void> {
  const { deliveries, outages, clock } = parts
  const endBy = clock.now() + RUN_MS
  let page = SMALLEST_PAGE
  let receiver: Receiver | null = null
  let lookedUpAt = -Infinity
  for (;;) {
    signal.throwIfAborted()
    const down = outages.until(line.receiver)
    if (down !== null) return { again: down }
    if (clock.now() - lookedUpAt >= LOOK_UP_MS) {
      lookedUpAt = clock.now()
      receiver = await receiverOf()
    }
    if (!receiver) return deliveries.park(line, SWITCHED_OFF)
    const { due, sent } = await sendRound(parts, { line, receiver, page }, signal)
    page = Math.min(Math.max(2 * sent, SMALLEST_PAGE), LARGEST_PAGE)
    if (due === Infinity) return
    if (due > clock.now() || clock.now() >= endBy) return { again: due }
  }
}

/** @returns when there is something to do again, `Infinity`: nothing is left; and how many were tried */
async function sendRound(
  parts: DeliverLineParts,
  { line, receiver, page }: { line: Line; receiver: Receiver; page: number },
  signal: AbortSignal,
): Promise<{ due: number; sent: number }> {
  const aside = await parts.deliveries.aside(line, ASIDE_PAGE)
  const inLine = await parts.deliveries.head(line, page)
  const round = new Round(parts, line, receiver, signal)
  try {
    for (const waiting of aside.waiting) await round.send(waiting)
    for (const waiting of inLine.waiting) if ((await round.send(waiting)) === 'hold') break
  } finally {
    await round.writeDown()
  }
  const due = Math.min(round.dueAside(aside), round.dueInLine(inLine))
  return { due, sent: round.sent }
}

class Round {
  readonly #parts: DeliverLineParts
  readonly #line: Line
  readonly #receiver: Receiver
  readonly #signal: AbortSignal
  readonly #endBy: number
  /** By delivery: what came of it; `null`: it is forgotten. */
  readonly #outcomes = new Map<string, Settled | null>()
  #stopped = false

  constructor(parts: DeliverLineParts, line: Line, receiver: Receiver, signal: AbortSignal) {
    this.#parts = parts
    this.#line = line
    this.#receiver = receiver
    this.#signal = signal
    this.#endBy = parts.clock.now() + ROUND_MS
  }

  /** Unless it is not due, or the round is over. @returns `hold`: those behind it have to wait */
  async send(waiting: Waiting): Promise<'next' | 'hold'> {
    const { clock } = this.#parts
    if (this.#stopped || waiting.delivery.nextAttemptAt > clock.now()) return 'hold'
    this.#signal.throwIfAborted()
    await this.#attempt(waiting)
    if (clock.now() >= this.#endBy) this.#stopped = true
    return this.#holds(waiting) ? 'hold' : 'next'
  }

  async writeDown(): Promise<void> {
    const settled = [...this.#outcomes.values()].filter((outcome) => outcome !== null)
    const unwanted = [...this.#outcomes].filter(([, outcome]) => outcome === null).map(([id]) => id)
    await this.#parts.deliveries.settle(settled)
    await this.#parts.deliveries.drop(unwanted)
  }

  get sent(): number {
    return this.#outcomes.size
  }

  /** @param page as it was read, the most overdue first */
  dueAside({ waiting: aside, more }: WaitingPage): number {
    const all = aside.map((waiting) => this.#dueOf(waiting))
    const wereAllSent = aside.every(({ delivery }) => this.#outcomes.has(delivery.id))
    return Math.min(...all, more && wereAllSent ? this.#parts.clock.now() : Infinity)
  }

  /** @param page as it was read: of those behind one that waits nothing is known */
  dueInLine({ waiting: inLine, more }: WaitingPage): number {
    const dues: number[] = []
    for (const waiting of inLine) {
      dues.push(this.#dueOf(waiting))
      if (this.#holds(waiting)) return Math.min(...dues)
    }
    return Math.min(...dues, more ? this.#parts.clock.now() : Infinity)
  }

  async #attempt({ delivery, event }: Waiting): Promise<void> {
    const answer = await this.#receiver.send(delivery, event, this.#signal)
    if (answer.kind === 'unwanted') {
      this.#outcomes.set(delivery.id, null)
      return
    }
    const settled = afterAttempt(delivery, answer, this.#parts.clock.now())
    this.#outcomes.set(delivery.id, settled)
    if (answer.kind === 'delivered') await this.#isUp()
    if (answer.kind === 'unreachable') await this.#isDown(settled)
    if (answer.kind === 'ended') this.#stopped = true
  }

  async #isUp(): Promise<void> {
    const { outages, bringForward } = this.#parts
    if (outages.isUp(this.#receiver.name)) await bringForward(this.#receiver.name)
  }

  /** What waits for as long as the one that was tried would not fare better. */
  async #isDown({ status, error, nextAttemptAt }: Settled): Promise<void> {
    const { outages, deliveries, clock } = this.#parts
    this.#stopped = true
    outages.isDown(this.#receiver.name, status === 'waiting' ? nextAttemptAt : Infinity)
    if (status === 'parked') await deliveries.park(this.#line, error ?? '', clock.now() - TRIED_FOR_MS)
  }

  /** What is known of it now. */
  #after({ delivery }: Waiting): Settled | null {
    const outcome = this.#outcomes.get(delivery.id)
    return outcome === undefined ? delivery : outcome
  }

  /** Those behind it have to wait. */
  #holds(waiting: Waiting): boolean {
    const after = this.#after(waiting)
    return after?.status === 'waiting' && after.inLine
  }

  #dueOf(waiting: Waiting): number {
    const after = this.#after(waiting)
    return after?.status === 'waiting' ? after.nextAttemptAt : Infinity
  }
}
