/** Follows one relay for as long as there is something to ask of it: visits, and the waits between them. */
import type { RelayHealth, Relays } from '../../../store/nostr/relays.ts'
import { Bell } from './bell.ts'
import { NOTHING, type Interests } from './interests.ts'
import type { Place, Places } from './places.ts'
import { RelayConnection, type Receive } from './relay-connection.ts'
import { RelayFault } from './relay-fault.ts'
import { afterAnswers, afterFault, UNTRIED } from './relay-health.ts'
import { openRelaySocket, type RelaySocketParts } from './relay-socket.ts'
import { unlessAborted } from './unless-aborted.ts'
import { visit, type Visited, type VisitParts } from './visit.ts'

export interface FollowRelayParts extends RelaySocketParts, VisitParts {
  readonly relays: Relays
  readonly places: Places
  readonly receive: Receive
}

/** After a visit that was ended because somebody else waited for the place. */
const PAUSE_MS = 5 * 60_000
/** Whoever is asked to leave has so long to come to an end. */
const LEAVE_MS = 10 * 60_000

export class FollowedRelay {
  readonly #url: string
  readonly #parts: FollowRelayParts
  readonly #interests: () => Interests
  readonly #bell = new Bell()
  readonly #visited: Visited = { done: NOTHING, comparedAt: -Infinity, aliveAt: -Infinity }

  /** @param interests of the relay, as they are now */
  constructor(url: string, parts: FollowRelayParts, interests: () => Interests) {
    this.#url = url
    this.#parts = parts
    this.#interests = interests
  }

  /** There may be more to ask. */
  ring(): void {
    this.#bell.ring()
  }

  /** Comes to no end before the signal does. @throws the reason of `signal` */
  async follow(signal: AbortSignal): Promise<never> {
    const { relays, timers } = this.#parts
    let health = (await relays.healthOf(this.#url)) ?? UNTRIED
    for (;;) {
      await timers.wait(health.retryAt - timers.now(), signal)
      health = await this.#visit(health, signal)
      signal.throwIfAborted()
      await relays.note(this.#url, health)
    }
  }

  async #visit(before: RelayHealth, signal: AbortSignal): Promise<RelayHealth> {
    const { places, timers } = this.#parts
    let health = before
    const onAnswered = async () => {
      health = await this.#noteAnswers(health)
    }
    using place = await places.enter(signal)
    try {
      await this.#converse(place, onAnswered, signal)
      return { ...health, retryAt: timers.now() + PAUSE_MS }
    } catch (err) {
      if (err instanceof RelayFault) return afterFault(health, err, timers.now())
      throw err
    } finally {
      if (health !== before) this.#visited.aliveAt = timers.now()
    }
  }

  async #converse({ wanted }: Place, onAnswered: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { receive, timers } = this.#parts
    using socket = await openRelaySocket(this.#url, this.#parts, signal)
    const connection = new RelayConnection(socket, { timers, receive })
    const leave = () =>
      timers.wait(LEAVE_MS, socket.gone).then(
        () => connection.end(new RelayFault('unreachable', 'it does not come to an end')),
        () => {}, // it has ended
      )
    wanted.addEventListener('abort', leave, { once: true })
    const of = { connection, interests: this.#interests, visited: this.#visited, bell: this.#bell }
    await unlessAborted(visit(this.#parts, { ...of, onAnswered, wanted }), signal)
  }

  /** Written down when it is news, and not for every event that leads to more. */
  async #noteAnswers(before: RelayHealth): Promise<RelayHealth> {
    const { relays, timers } = this.#parts
    const { comparedAt: syncedAt } = this.#visited
    const health = { ...afterAnswers(before, timers.now()), syncedAt }
    const isNews = before.failures > 0 || before.syncedAt !== syncedAt
    if (isNews) await relays.note(this.#url, health)
    return health
  }
}
