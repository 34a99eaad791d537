/**
 * Events of one connection are taken side by side, so that many share one write to the disk; but those of which one
 * may decide about the other in the order in which they came.
 */
import { addressOf, type NostrEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { namedIn } from '../intake/named.ts'

interface UnderWay {
  /** Decides about whatever comes after it, and after whatever came before. */
  readonly isDecisive: boolean
  /** By which it can be named. */
  readonly names: readonly (string | null)[]
  readonly mentions: ReadonlySet<string | null>
  readonly taken: Promise<unknown>
}

const DECISIVE: ReadonlySet<number> = new Set([
  KIND.metadata,
  KIND.deletion,
  KIND.pullRequest,
  KIND.pullRequestUpdate,
  KIND.relayList,
  KIND.graspList,
  KIND.announcement,
  KIND.state,
])

export class EventOrder {
  readonly #underWay = new Set<UnderWay>()

  /** @param take begins when all that could decide about it has been taken */
  run<T>(event: NostrEvent, take: () => Promise<T>): Promise<T> {
    const { ids, addresses } = namedIn(event)
    const coming = {
      isDecisive: DECISIVE.has(event.kind),
      names: [event.id, addressOf(event)],
      mentions: new Set([...ids, ...addresses]),
    }
    const before = [...this.#underWay].filter((other) => mayDecide(other, coming))
    const result = Promise.all(before.map(({ taken }) => taken)).then(take)
    const mine = { ...coming, taken: result.catch(() => {}) }
    this.#underWay.add(mine)
    void mine.taken.then(() => this.#underWay.delete(mine))
    return result
  }
}

function mayDecide(one: Omit<UnderWay, 'taken'>, other: Omit<UnderWay, 'taken'>): boolean {
  return (
    one.isDecisive ||
    other.isDecisive ||
    one.names.some((name) => name !== null && (other.mentions.has(name) || other.names.includes(name))) ||
    other.names.some((name) => one.mentions.has(name))
  )
}
