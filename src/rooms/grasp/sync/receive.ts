/** An event of another relay on its way to the intake: nothing is verified twice, or taken that is here. */
import { classOf, type NostrEvent, type VerifiedEvent } from '../../../nostr/event.ts'
import type { Verifier } from '../../../nostr/verify/verifier.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { TakeEvent } from '../intake/answer.ts'
import type { Rejected } from './rejected.ts'
import type { Worth } from './valve.ts'

export interface ReceptionParts {
  readonly events: Pick<NostrEvents, 'byId' | 'find'>
  readonly rejected: Rejected
  readonly verifier: Pick<Verifier, 'verify'>
  readonly take: TakeEvent
  /** It could not be taken now; it is not remembered, so it comes again. */
  readonly onFailed: (err: unknown) => void
}

const IDS_AT_ONCE = 500
/** What expired here is not fetched again either. */
const WHATEVER = ['served', 'purgatory', 'expired'] as const

export class Reception {
  readonly #parts: ReceptionParts
  /** By the id that each claims to have. */
  readonly #atWork = new Map<string, Promise<Worth>>()

  constructor(parts: ReceptionParts) {
    this.#parts = parts
  }

  /** Several relays may bring one event at once; a forged one keeps no genuine one away. */
  async receive(event: NostrEvent): Promise<Worth> {
    if (classOf(event.kind) === 'ephemeral') return 'useless'
    for (let other = this.#atWork.get(event.id); other; other = this.#atWork.get(event.id)) {
      if ((await other) !== 'forged') return 'useless'
    }
    const work = this.#examine(event).finally(() => this.#atWork.delete(event.id))
    this.#atWork.set(event.id, work)
    return work
  }

  /** Of these ids, what nobody has brought yet. */
  async missing(ids: readonly string[]): Promise<readonly string[]> {
    const { events, rejected } = this.#parts
    const asked = [...new Set(ids)]
    const known = new Set(await rejected.among(asked))
    for (let at = 0; at < asked.length; at += IDS_AT_ONCE) {
      const held = await events.find({ ids: asked.slice(at, at + IDS_AT_ONCE), statuses: WHATEVER })
      for (const { event } of held) known.add(event.id)
    }
    return asked.filter((id) => !known.has(id))
  }

  /** Again, for what is known now. */
  async retake(events: readonly VerifiedEvent[]): Promise<void> {
    for (const event of events) await this.#take(event).catch(this.#parts.onFailed)
  }

  async #examine(event: NostrEvent): Promise<Worth> {
    const { events, rejected, verifier, onFailed } = this.#parts
    try {
      const isKnown = (await rejected.among([event.id])).size > 0 || (await events.byId(event.id)) !== null
      if (isKnown) return 'useless'
      const verified = await verifier.verify(event)
      return verified === null ? 'forged' : await this.#take(verified)
    } catch (err) {
      onFailed(err)
      return 'useless'
    }
  }

  async #take(event: VerifiedEvent): Promise<Worth> {
    const { accepted, message } = await this.#parts.take(event, { source: 'sync' })
    if (!accepted) await this.#parts.rejected.add(event, message)
    return accepted ? 'new' : 'useless'
  }
}
