/**
 * Turns of those who make a commit for the head that a branch has now. Parties take turns, so that one with a
 * thousand commits in line does not keep another waiting for all of them; a party's own go in the order they came.
 */
import { AppError } from './errors.ts'
import type { RefName, RepoId } from './ids.ts'
import { longestLine } from './longest-line.ts'

interface Waiting {
  readonly enter: () => void
  readonly giveUp: (reason: AppError) => void
}

interface Branch {
  /** Of each party that waits, in the order in which they take turns; none is empty. */
  readonly lines: Map<string, Waiting[]>
  waiting: number
}

/** Of one branch: as many as land in some seconds. */
const MAX_WAITING = 1_000
const RETRY_AFTER_SECONDS = 5

export class LandingQueue {
  /** Turns that were waited for and came, since the start. */
  waits = 0
  /** How long they were waited for, all together. */
  waitedMs = 0
  /** Branches on which somebody has the turn. */
  readonly #branches = new Map<string, Branch>()
  readonly #maxWaiting: number
  readonly #now: () => number

  /** @param now milliseconds that never go back */
  constructor(maxWaiting = MAX_WAITING, now: () => number = () => performance.now()) {
    this.#maxWaiting = maxWaiting
    this.#now = now
  }

  /** Those who wait just now, on all branches. */
  get waiting(): number {
    return [...this.#branches.values()].reduce((sum, branch) => sum + branch.waiting, 0)
  }

  /**
   * Dispose to let the next one in. Where too many wait, the last of whoever has most in line is sent away.
   *
   * @param party whose share of the branch it counts against
   * @throws AppError `OVERLOADED`
   */
  async enter(repoId: RepoId, ref: RefName, party: string): Promise<Disposable> {
    const key = `${repoId}\0${ref}`
    const branch = this.#branches.get(key)
    if (branch === undefined) this.#branches.set(key, { lines: new Map(), waiting: 0 })
    else await this.#wait(branch, party)
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#pass(key)
        isHeld = false
      },
    }
  }

  async #wait(branch: Branch, party: string): Promise<void> {
    if (branch.waiting >= this.#maxWaiting) makeRoom(branch, party)
    const since = this.#now()
    branch.waiting++
    await new Promise<void>((enter, giveUp) => {
      const line = branch.lines.get(party)
      if (line) line.push({ enter, giveUp })
      else branch.lines.set(party, [{ enter, giveUp }])
    })
    this.waits++
    this.waitedMs += this.#now() - since
  }

  /** The turn goes to the first party in line, which then stands behind all others. */
  #pass(key: string): void {
    const branch = this.#branches.get(key)
    const [next] = branch?.lines ?? []
    if (!branch || !next) return void this.#branches.delete(key)
    const [party, line] = next
    const first = line.shift()
    branch.lines.delete(party)
    if (line.length > 0) branch.lines.set(party, line)
    branch.waiting--
    first?.enter()
  }
}

/** @throws AppError `OVERLOADED` when `party` has most itself */
function makeRoom(branch: Branch, party: string): void {
  const longest = longestLine(branch.lines, party)
  const overloaded = new AppError('OVERLOADED', { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } })
  if (longest === null) throw overloaded
  longest.pop()?.giveUp(overloaded)
  branch.waiting--
}
